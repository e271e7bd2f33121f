import { Awaited, Nothing, Section, Tag } from "@/features/console/parts";
import { isActive, type Run } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { hasRadar, useRadar, type Radar as Found } from "./api";
import { CaughtCard } from "./CaughtCard";
import styles from "./radar.module.css";
import { SettingsForm } from "./SettingsForm";

/** Outputs of a policy in training that look too good, and what people said of them. */
export function Radar({ projectId, run }: { projectId: string; run: Run }) {
  return hasRadar(run) ? <RadarOf projectId={projectId} run={run} /> : null;
}

function RadarOf({ projectId, run }: { projectId: string; run: Run }) {
  const { t } = useText();
  const radar = useRadar(run);
  return (
    <Section title={t("radar.title")}>
      <p className="muted">{t("radar.lead")}</p>
      <Awaited query={radar}>
        {(found) => (
          <>
            <State radar={found} />
            <Deserved radar={found} />
            {found.results.length === 0 && <Nothing>{whyNothing(found, isActive(run), t)}</Nothing>}
            <ol className={styles.cards}>
              {found.results.map((each) => (
                <CaughtCard key={each.id} projectId={projectId} caught={each} />
              ))}
            </ol>
            <details className={styles.settings}>
              <summary>{t("radar.settings.title")}</summary>
              <SettingsForm projectId={projectId} runId={run.id} settings={found.settings} />
            </details>
          </>
        )}
      </Awaited>
    </Section>
  );
}

function State({ radar }: { radar: Found }) {
  const { t } = useText();
  const { is_on, per_run } = radar.settings;
  return (
    <p className={styles.line}>
      <Tag tone={is_on ? "good" : "calm"}>{t(is_on ? "radar.on" : "radar.off")}</Tag>{" "}
      {t("radar.caughtOf", { caught: radar.results.length, most: per_run, count: radar.samples })}
      {radar.knows_disagreement === false && <span className="muted"> {t("radar.oneModel")}</span>}
    </p>
  );
}

type T = ReturnType<typeof useText>["t"];

function whyNothing(radar: Found, active: boolean, t: T): string {
  if (!radar.settings.is_on) return t("radar.none.off");
  if (radar.samples < radar.least_samples) return t(active ? "radar.none.early" : "radar.none.few", { count: radar.least_samples });
  return t("radar.none.clean");
}

/** How often people put the output above what the reference says. */
function Deserved({ radar }: { radar: Found }) {
  const { t, language } = useText();
  if (radar.share === null) return null;
  const percent = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  const [low, high] = radar.interval ?? [];
  const whole = radar.above + radar.tied + radar.below;
  return (
    <div className={styles.deserved}>
      <p>
        <span className={styles.share}>{percent(radar.share)}</span>{" "}
        {low !== undefined && high !== undefined && (
          <span className="muted">{t("radar.interval", { low: percent(low), high: percent(high) })}</span>
        )}
      </p>
      <p>{t("radar.deserved", { above: radar.above, count: whole })}</p>
      <p className="muted">{t("radar.rest", { tied: radar.tied, below: radar.below })}</p>
    </div>
  );
}
