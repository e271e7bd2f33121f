import { useText } from "@/lib/i18n";
import { contested, inWords, type Tiers } from "./orders";
import styles from "./review.module.css";

export interface Column {
  key: string;
  name: string;
  tiers: Tiers;
  cut: number | null;
}

interface Props {
  columns: readonly Column[];
  letters: ReadonlyMap<string, string>;
}

const WIDE = 110;
const HIGH = 34;
const TOP = 30;

/** Orders as columns and answers as lines between them: lines that cross are pairs ordered differently. */
export function OrderLines({ columns, letters }: Props) {
  const { t } = useText();
  const rows = Math.max(1, ...columns.map((column) => column.tiers.flat().length));
  const apart = contested(columns.map((column) => column.tiers));
  const spots = columns.map((column) => spotsOf(column.tiers));
  const width = Math.max(1, columns.length) * WIDE + 20;
  const words = columns.map((each) => `${each.name}: ${inWords(each.tiers, letters, each.cut)}`).join("; ");
  return (
    <div className={styles.lines} role="region" aria-label={t("review.orders")} tabIndex={0}>
      <svg width={width} height={TOP + rows * HIGH} role="img" aria-label={words}>
        {columns.map((column, index) => (
          <text key={column.key} x={index * WIDE + 55} y={16} textAnchor="middle" className={styles.columnName}>
            {column.name}
          </text>
        ))}
        {[...letters].map(([id, letter]) => {
          const points = spots.flatMap((spot, index) =>
            spot.has(id) ? [{ x: index * WIDE + 55, y: TOP + (spot.get(id) ?? 0) * HIGH + 14 }] : [],
          );
          return (
            <g key={id} data-apart={apart.has(id)} className={styles.line}>
              <polyline points={points.map(({ x, y }) => `${x},${y}`).join(" ")} />
              {points.map(({ x, y }) => (
                <g key={x}>
                  <circle cx={x} cy={y} r={12} />
                  <text x={x} y={y + 4} textAnchor="middle">
                    {letter}
                  </text>
                </g>
              ))}
            </g>
          );
        })}
        {columns.map((column, index) => {
          if (column.cut === null) return null;
          const y = TOP + column.tiers.slice(0, column.cut).flat().length * HIGH - 3;
          return (
            <line key={column.key} x1={index * WIDE + 25} x2={index * WIDE + 85} y1={y} y2={y} className={styles.cutLine} />
          );
        })}
      </svg>
    </div>
  );
}

/** The row of each answer: tiers below one another, tied answers in neighbouring rows. */
function spotsOf(tiers: Tiers): Map<string, number> {
  return new Map(tiers.flatMap((tier) => [...tier].sort()).map((id, index) => [id, index]));
}
