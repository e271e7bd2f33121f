import styles from "./runs.module.css";

export const MOST_COMPARED = 6;

/** Lines differ by dashes too, for eyes that do not tell the colours apart. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4], [14, 5]];

/** The line by which a run is drawn, in the legend. */
export function Mark({ index }: { index: number }) {
  return (
    <svg className={styles.mark} width="28" height="8" aria-hidden="true">
      <line
        x1="0"
        y1="4"
        x2="28"
        y2="4"
        stroke={`var(--run-${index})`}
        strokeWidth="2.5"
        strokeDasharray={DASHES[index % DASHES.length]!.join(" ")}
      />
    </svg>
  );
}
