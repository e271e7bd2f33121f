import { Link } from "react-router";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import type { Gate, Round, RoundStep } from "./api";
import { inUnits, restsOnTooLittle, restsOnUnknown } from "./figures";
import { OverLength } from "./OverLength";
import styles from "./rounds.module.css";

interface Props {
  projectId: string;
  round: Round;
  gate: Gate;
  step: RoundStep;
}

/** A figure with its interval; it leads to the run that measured it, or to the campaign that people judged in. */
export function GateFigure({ projectId, round, gate, step }: Props) {
  const { t, language } = useText();
  if (gate.value === null) return <span className="muted">{t("rounds.notMeasured")}</span>;
  const said = inUnits(gate.gate, gate.value, language);
  const source = sourceOf(projectId, round, step);
  return (
    <span className={styles.figure}>
      {source ? <Link to={source}>{said}</Link> : said}
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

function sourceOf(projectId: string, round: Round, step: RoundStep): string | undefined {
  if (step.step === "judge") return round.campaign ? paths.campaign(projectId, round.campaign) : undefined;
  const run = step.runs.at(-1);
  return run && paths.run(projectId, run.id);
}

/** The figure with its name, and with its bound where it was held against one. */
export function NamedGate({ projectId, round, gate, step }: Props) {
  const { t, language } = useText();
  return (
    <div className={styles.gate} data-failed={!gate.passed}>
      <dt>{t(`rounds.gate.${gate.gate}`)}</dt>
      <dd>
        <GateFigure projectId={projectId} round={round} gate={gate} step={step} />
        {restsOnTooLittle(gate) && (
          <span className="muted"> {t("rounds.tooFew", { count: gate.clusters ?? 0 })}</span>
        )}
        {restsOnUnknown(gate) && <span className="muted"> {t("rounds.unknown")}</span>}
        {gate.bound !== null && (
          <div className={styles.bound}>
            {t(gate.passed ? "rounds.holds" : "rounds.fails", {
              bound: t(`rounds.bound.${gate.gate}`, { value: inUnits(gate.gate, gate.bound, language) }),
            })}
          </div>
        )}
        <OverLength found={gate.over_length} />
      </dd>
    </div>
  );
}
