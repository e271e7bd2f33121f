import { useId } from "react";
import type { Schemas } from "@/api/client";
import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import styles from "./Pace.module.css";

type Day = Schemas["DayOfWork"];

const WIDTH = 12;
const GAP = 4;
const HEIGHT = 44;
const FLOOR = 2;

/** My last fourteen days, for nobody but me: no goal, no streak, no comparison. */
export function Pace({ days }: { days: readonly Day[] }) {
  const { t, language } = useText();
  const caption = useId();
  const most = Math.max(1, ...days.map((day) => day.count));
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const name = (day: Day) =>
    new Date(`${day.date}T12:00:00`).toLocaleDateString(language, { month: "short", day: "numeric" });
  const said = days
    .filter((day) => day.count > 0)
    .map((day) => t("home.dayCount", { day: name(day), count: day.count }));
  return (
    <figure className={styles.pace} aria-labelledby={caption}>
      <svg
        viewBox={`0 0 ${days.length * (WIDTH + GAP) - GAP} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {days.map((day, index) => {
          const height = day.count === 0 ? FLOOR : Math.max(5, (day.count / most) * HEIGHT);
          return (
            <rect
              key={day.date}
              x={index * (WIDTH + GAP)}
              y={HEIGHT - height}
              width={WIDTH}
              height={height}
              rx={2}
              data-today={index === days.length - 1}
              data-empty={day.count === 0}
            >
              <title>{t("home.dayCount", { day: name(day), count: day.count })}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption id={caption}>
        {t("home.fortnight", { count: total })}
        {said.length > 0 && <span className="srOnly"> {listOf(said)}</span>}
      </figcaption>
    </figure>
  );
}
