import type { Ends } from "./api";
import styles from "./quality.module.css";

interface IntervalProps {
  value: number;
  ends: Ends;
  /** The ends of the axis, and the value at which nothing is the matter. */
  from: number;
  to: number;
  mark: number;
  /** What is drawn, for those who do not see it. */
  label: string;
}

const WIDTH = 240;
const HEIGHT = 22;

/** A value with its interval on a line: one row of a forest plot. */
export function Interval({ value, ends, from, to, mark, label }: IntervalProps) {
  const x = (at: number) => 4 + ((Math.min(Math.max(at, from), to) - from) / (to - from || 1)) * (WIDTH - 8);
  const middle = HEIGHT / 2;
  return (
    <svg className={styles.interval} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <line className={styles.axis} x1={4} x2={WIDTH - 4} y1={middle} y2={middle} />
      <line className={styles.mark} x1={x(mark)} x2={x(mark)} y1={1} y2={HEIGHT - 1} />
      <line className={styles.reach} x1={x(ends[0])} x2={x(ends[1])} y1={middle} y2={middle} />
      <circle className={styles.point} cx={x(value)} cy={middle} r={4.5} />
    </svg>
  );
}
