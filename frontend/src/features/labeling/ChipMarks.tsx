import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import styles from "./ChipMarks.module.css";
import type { ReadState } from "./reading";

interface Props {
  score: number | undefined;
  flags: number;
  /** Letters of answers with a better grade that it stands above. */
  above: readonly string[];
  read: ReadState;
}

/** What a chip says beside its letter: grade, flags, and whether order and grade disagree. */
export function ChipMarks({ score, flags, above, read }: Props) {
  const { t } = useText();
  return (
    <>
      {read !== "read" && (
        <span className={styles.unread} role="img" aria-label={t(`labeling.read.${read}`)} title={t(`labeling.read.${read}`)} />
      )}
      {score !== undefined && (
        <span className={styles.score} aria-label={t("labeling.gradeIs", { grade: round(score) })}>
          {round(score)}
        </span>
      )}
      {flags > 0 && (
        <span className={styles.flag} role="img" aria-label={t("labeling.flagCount", { count: flags })}>
          ⚑
        </span>
      )}
      {above.length > 0 && (
        <span
          className={styles.odd}
          role="img"
          aria-label={t("labeling.gradedLower", { others: listOf(above) })}
          title={t("labeling.gradedLower", { others: listOf(above) })}
        >
          ⇅
        </span>
      )}
    </>
  );
}

function round(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(1);
}
