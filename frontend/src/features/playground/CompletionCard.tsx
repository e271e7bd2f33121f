import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { VisibleText } from "@/features/text/VisibleText";
import { formatNumber } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Tag } from "@/features/console/parts";
import type { Completion } from "./api";
import { Tokens } from "./Tokens";
import styles from "./playground.module.css";

interface Props {
  number: number;
  completion: Completion;
  rewardNames: (id: string) => string;
  /** A server runs the policy. */
  isServed: boolean;
  isBest: boolean;
  picked: boolean;
  /** Null: nothing can be picked (any more). */
  onPick: (() => void) | null;
}

/** One completion as plain text, with its scores; its tokens on demand. */
export function CompletionCard({ number, completion, rewardNames, isServed, isBest, picked, onPick }: Props) {
  const { t, language } = useText();
  const [tokens, setTokens] = useState(false);
  const isEnded = completion.finish_reason !== null;
  return (
    <article className={styles.card} data-best={isBest} aria-label={t("playground.completion", { number })}>
      <header>
        {onPick && isEnded ? (
          <Checkbox
            size="xs"
            label={t("playground.completion", { number })}
            checked={picked}
            onChange={onPick}
          />
        ) : (
          <b>{t("playground.completion", { number })}</b>
        )}
        {isBest && <Tag tone="good">{t("playground.best")}</Tag>}
      </header>
      <div className={styles.text} dir="auto">
        {completion.text ? <VisibleText text={completion.text} /> : <span className="muted">{t("playground.empty")}</span>}
      </div>
      <dl className={styles.figures}>
        {completion.scores.map((score) => (
          <div key={score.reward}>
            <dt>{rewardNames(score.reward)}</dt>
            <dd>{score.score === null ? t("playground.tooLong") : formatNumber(score.score, language)}</dd>
          </div>
        ))}
        <div>
          <dt>{t("playground.logProb")}</dt>
          <dd>{completion.log_prob === null ? t("served.notTold") : formatNumber(completion.log_prob, language)}</dd>
        </div>
        <div>
          <dt>{t("playground.length")}</dt>
          <dd>{endOf(completion, t)}</dd>
        </div>
      </dl>
      {isServed && isEnded && completion.steps.length === 0 && <p className="muted">{t("served.noTokens")}</p>}
      {completion.steps.length > 0 && (
        <button type="button" className={styles.toggle} aria-expanded={tokens} onClick={() => setTokens(!tokens)}>
          {t("playground.tokens")}
        </button>
      )}
      {tokens && <Tokens steps={completion.steps} />}
    </article>
  );
}

/** How long it is and how it ended, as far as that is known. */
function endOf(completion: Completion, t: ReturnType<typeof useText>["t"]): string {
  if (completion.finish_reason === null) return t("served.unended");
  if (completion.tokens === null) return t(`served.ended.${completion.finish_reason}`);
  return t(`playground.ended.${completion.finish_reason}`, { count: completion.tokens });
}
