import { Section } from "@/features/console/parts";
import { Interval, useShares } from "@/features/quality/Interval";
import { useFigures } from "@/features/quality/words";
import type { Report } from "./api";
import styles from "./judging.module.css";

/** What else may have decided: the place on the screen and the length. */
export function Leanings({ report }: { report: Report }) {
  const { t, percent, between } = useFigures();
  const shares = useShares();
  return (
    <Section title={t("judging.leanings.title")}>
      <p className={styles.small}>{t("judging.leanings.lead")}</p>
      <ul className={styles.duels}>
        {(["earlier", "longer"] as const).map((name) => {
          const { rate, interval, judgments } = report[name];
          const [low, high] = interval ?? [];
          if (rate === null || low === undefined || high === undefined) return null;
          const words = t(`judging.leanings.${name}`, { rate: percent(rate), ends: between(interval, percent) });
          return (
            <li key={name} className={styles.duel}>
              <p>
                {words} <span className="muted">{t("judging.leanings.from", { count: judgments })}</span>
              </p>
              <Interval value={rate} ends={[low, high]} from={0} to={1} mark={0.5} scale={shares} label={words} />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
