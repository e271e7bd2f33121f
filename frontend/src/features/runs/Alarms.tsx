import { Tag } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import type { Run } from "@/features/train/api";
import { useFigureNames } from "@/features/train/figureNames";
import { useText } from "@/lib/i18n";
import { alarmFigures, alarmName, codeOf, stoppedBy, type Alarm } from "./alarms";
import styles from "./runs.module.css";

/** What was seen in a run, since when, why it matters and what to do; what ended it comes first. */
export function Alarms({ run }: { run: Run }) {
  const { t } = useText();
  if (run.alarms.length === 0) return null;
  const ending = stoppedBy(run);
  const sorted = [...run.alarms].sort((a, b) => Number(b === ending) - Number(a === ending));
  const kept = run.report.kept_updates ?? run.report.kept_update ?? run.report.updates;
  return (
    <div className={styles.alarms} role="alert" aria-label={t("runs.alarms")}>
      {sorted.map((alarm) => (
        <AlarmCard key={alarm.code} alarm={alarm} ended={alarm === ending}>
          {alarm === ending && typeof kept === "number" && (
            <p>{kept > 0 ? t("runs.kept", { count: kept }) : t("runs.keptStart")}</p>
          )}
        </AlarmCard>
      ))}
    </div>
  );
}

interface CardProps {
  alarm: Alarm;
  ended: boolean;
  children: React.ReactNode;
}

function AlarmCard({ alarm, ended, children }: CardProps) {
  const { t, language } = useText();
  const code = codeOf(alarm);
  const name = alarmName(t, alarm);
  const nameOf = useFigureNames();
  const figures = alarmFigures(alarm, language);
  if (figures.name) figures.name = nameOf(String(figures.name));
  return (
    <article className={styles.alarm} data-ended={ended}>
      <h2>{ended ? t("runs.stoppedNow", { name }) : t("runs.warned", { name })}</h2>
      <p>
        <b>{stepsOf(alarm)}</b>{" "}
        <VisibleText text={t(`runs.alarm.${code}.seen`, figures)} most={2_000} />
      </p>
      {!ended && alarm.step !== null && <p className="muted">{t("runs.figuresOf", { step: alarm.step })}</p>}
      {children}
      <dl>
        <dt>{t("runs.why")}</dt>
        <dd>{t(`runs.alarm.${code}.why`)}</dd>
        <dt>{t("runs.advice")}</dt>
        <dd>{t(`runs.alarm.${code}.advice`)}</dd>
      </dl>
    </article>
  );

  /** Where it was seen: until it was over, or until it ended the run. */
  function stepsOf({ since, step, until = null }: Alarm): string {
    const last = ended ? step : until;
    if (since === null) return "";
    if (last === null) return t("runs.seenOn", { since });
    return since === last ? t("runs.seenAt", { step: last }) : t("runs.seenFrom", { since, step: last });
  }
}

/** In a list: that there were alarms. What ended a run is said by its status. */
export function AlarmTag({ run }: { run: Run }) {
  const { t } = useText();
  const ending = stoppedBy(run);
  const others = run.alarms.filter((alarm) => alarm !== ending);
  const [first] = others;
  if (!first) return null;
  return (
    <Tag tone="busy">
      {others.length === 1 ? t("runs.warned", { name: alarmName(t, first) }) : t("runs.alarmCount", { count: others.length })}
    </Tag>
  );
}
