import { lazy, Suspense } from "react";
import { useText } from "@/lib/i18n";
import { ActionButton } from "../ActionButton";
import { AnswerCard } from "../AnswerCard";
import { letterOf } from "../board";
import type { Pair } from "../confirm";
import type { Judgment } from "../judgment";
import { ReadingPane } from "../ReadingPane";
import type { ReadingWatch } from "../useReading";
import styles from "./ConfirmPair.module.css";
import { sidesOf, type Side } from "./ConfirmPanel";

const DiffView = lazy(() => import("@/features/text/DiffView"));

interface Props {
  judgment: Judgment;
  pair: Pair;
  texts: Readonly<Record<string, string>>;
  lang: string;
  raw: boolean;
  differing: boolean;
  chosen: Side | null;
  reading: ReadingWatch;
}

/** Two neighbours of the order side by side, by letter: the place on the screen says nothing. */
export function ConfirmPair({ judgment, pair, texts, lang, raw, differing, chosen, reading }: Props) {
  const { t } = useText();
  const { board } = judgment.content;
  const { left, right } = sidesOf(judgment, pair);
  const text = (id: string) => texts[id] ?? "";
  const question = { left: letterOf(board, left), right: letterOf(board, right) };
  return (
    <div
      className={styles.pair}
      data-top=""
      tabIndex={-1}
      role="group"
      aria-label={t("labeling.confirm.question", question)}
    >
      <div className={styles.bar}>
        <ActionButton id="difference" kind="plain" />
      </div>
      {differing ? (
        <div className={styles.difference}>
          <Suspense fallback={<p className="muted">{t("common.loading")}</p>}>
            <DiffView
              left={text(left)}
              right={text(right)}
              names={[question.left, question.right]}
              lang={lang}
            />
          </Suspense>
        </div>
      ) : (
        <ReadingPane count={2} longest={Math.max(text(left).length, text(right).length)}>
          {[left, right].map((id) => {
            const isChosen = chosen === (id === left ? "left" : "right");
            return (
              <AnswerCard
                key={id}
                id={id}
                letter={letterOf(board, id)}
                state={t(isChosen ? "labeling.confirm.chosen" : "labeling.confirm.compared")}
                text={text(id)}
                lang={lang}
                focused={isChosen}
                raw={raw}
                onFocus={() => undefined}
                watch={reading.watch}
              />
            );
          })}
        </ReadingPane>
      )}
    </div>
  );
}
