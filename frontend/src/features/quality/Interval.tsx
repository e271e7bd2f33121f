import { useText } from "@/lib/i18n";
import type { Ends } from "./api";
import styles from "./quality.module.css";

interface IntervalProps {
  value: number;
  ends: Ends;
  /** The ends of the axis, and the value at which nothing is the matter. */
  from: number;
  to: number;
  mark: number;
  /** Values that stand in words under the line, left to right. */
  scale?: readonly Tick[];
  /** What is drawn, for those who do not see it. */
  label: string;
}

type Tick = readonly [value: number, words: string];

const WIDTH = 240;
const HEIGHT = 22;
const SCALE_HEIGHT = 14;
const ANCHORS = ["start", "middle", "end"] as const;

/** The scale of a share: none, half, all. */
export function useShares(): Tick[] {
  const { language } = useText();
  return [0, 0.5, 1].map((share) => [share, share.toLocaleString(language, { style: "percent" })]);
}

/** A value with its interval on a line: one row of a forest plot. */
export function Interval({ value, ends, from, to, mark, scale = [], label }: IntervalProps) {
  const x = (at: number) => 4 + ((Math.min(Math.max(at, from), to) - from) / (to - from || 1)) * (WIDTH - 8);
  const middle = HEIGHT / 2;
  const height = HEIGHT + (scale.length > 0 ? SCALE_HEIGHT : 0);
  const anchor = (at: number) => ANCHORS[at === from ? 0 : at === to ? 2 : 1];
  return (
    <svg
      className={styles.interval}
      data-scaled={scale.length > 0}
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={label}
    >
      <line className={styles.axis} x1={4} x2={WIDTH - 4} y1={middle} y2={middle} />
      <line className={styles.mark} x1={x(mark)} x2={x(mark)} y1={1} y2={HEIGHT - 1} />
      <line className={styles.reach} x1={x(ends[0])} x2={x(ends[1])} y1={middle} y2={middle} />
      <circle className={styles.point} cx={x(value)} cy={middle} r={4.5} />
      {scale.map(([at, words]) => (
        <text key={at} className={styles.scale} x={x(at)} y={height - 2} textAnchor={anchor(at)}>
          {words}
        </text>
      ))}
    </svg>
  );
}
