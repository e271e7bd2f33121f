import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { useAction } from "../ActionsProvider";
import { letterOf } from "../board";
import { pairsToConfirm, type Pair } from "../confirm";
import type { Judgment } from "../judgment";
import styles from "./ConfirmPanel.module.css";

/** The better side as chosen so far; strength or the next step records it. */
export type Side = "left" | "right";

/** A pair as it is shown: by letter, so that the order favours no side. */
export function sidesOf(judgment: Judgment, pair: Pair): { left: string; right: string } {
  const { order } = judgment.content.board;
  const [left, right] = [pair.upper, pair.lower].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { left: left ?? pair.upper, right: right ?? pair.lower };
}

interface Props {
  judgment: Judgment;
  pair: Pair | undefined;
  chosen: Side | null;
}

/** Which of two neighbours is better, and by how much. */
export function ConfirmPanel({ judgment, pair, chosen }: Props) {
  const { t } = useText();
  const { board } = judgment.content;
  const even = useAction("even");
  if (!pair) return <p className={styles.lead}>{t("labeling.confirm.done")}</p>;
  const { left, right } = sidesOf(judgment, pair);
  const left_ = letterOf(board, left);
  const right_ = letterOf(board, right);
  const count = pairsToConfirm(judgment.content, judgment.screen).length;
  return (
    <div className={styles.panel}>
      <p className={styles.lead}>
        {t("labeling.confirm.question", { left: left_, right: right_ })}
        <span className={styles.now}>
          {t("labeling.confirm.asItIs", {
            upper: letterOf(board, pair.upper),
            lower: letterOf(board, pair.lower),
          })}
        </span>
      </p>
      <div className={styles.sides} role="group" aria-label={t("labeling.confirm.better")}>
        <Choice id="left" words={t("labeling.confirm.isBetter", { letter: left_ })} pressed={chosen === "left"} />
        <Choice id="right" words={t("labeling.confirm.isBetter", { letter: right_ })} pressed={chosen === "right"} />
        {even && <Choice id="even" words={t("labeling.confirm.even")} wide />}
      </div>
      <div className={styles.strengths} role="group" aria-label={t("labeling.confirm.howMuch")}>
        {([1, 2, 3] as const).map((strength) => (
          <Choice
            key={strength}
            id={`strength-${strength}`}
            words={t(`labeling.confirm.strength.${strength}`)}
          />
        ))}
      </div>
      <p className={styles.left}>{t("labeling.confirm.left", { count })}</p>
    </div>
  );
}

function Choice({ id, words, pressed, wide }: { id: string; words: string; pressed?: boolean; wide?: boolean }) {
  const action = useAction(id);
  if (!action) return null;
  return (
    <Button
      className={wide ? styles.wide : styles.choice}
      hint={action.hint}
      disabled={!action.enabled}
      aria-pressed={pressed}
      onClick={action.run}
    >
      {words}
    </Button>
  );
}
