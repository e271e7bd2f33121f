import { Link } from "react-router";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import type { Gate, RoundStep } from "./api";
import { inUnits } from "./figures";
import styles from "./rounds.module.css";

interface Props {
  projectId: string;
  gate: Gate;
  step: RoundStep;
}

/** A figure with its interval; it leads to the run that measured it. */
export function GateFigure({ projectId, gate, step }: Props) {
  const { t, language } = useText();
  if (gate.value === null) return <span className="muted">{t("rounds.notMeasured")}</span>;
  const said = inUnits(gate.gate, gate.value, language);
  const run = step.step === "judge" ? undefined : step.runs.at(-1);
  return (
    <span className={styles.figure}>
      {run ? <Link to={paths.run(projectId, run.id)}>{said}</Link> : said}
      {gate.low !== null && gate.high !== null && (
        <span className="muted">
          {" "}
          {t("rounds.interval", {
            low: inUnits(gate.gate, gate.low, language),
            high: inUnits(gate.gate, gate.high, language),
          })}
        </span>
      )}
    </span>
  );
}

/** The figure with its name, and with its bound where it was held against one. */
export function NamedGate({ projectId, gate, step }: Props) {
  const { t, language } = useText();
  return (
    <div className={styles.gate} data-failed={!gate.passed}>
      <dt>{t(`rounds.gate.${gate.gate}`)}</dt>
      <dd>
        <GateFigure projectId={projectId} gate={gate} step={step} />
        {gate.bound !== null && (
          <div className={styles.bound}>
            {t(gate.passed ? "rounds.holds" : "rounds.fails", {
              bound: t(`rounds.bound.${gate.gate}`, { value: inUnits(gate.gate, gate.bound, language) }),
            })}
          </div>
        )}
      </dd>
    </div>
  );
}
