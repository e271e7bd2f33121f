import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Tag } from "@/features/console/parts";
import { formatNumber } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { judgmentsBetween, type Round, type RoundStep } from "./api";
import { stepOf } from "./figures";
import { NamedGate } from "./GateFigure";
import styles from "./rounds.module.css";

const TONES = {
  waiting: "calm",
  working: "busy",
  asks: "bad",
  failed: "bad",
  passed: "good",
  continued: "good",
  skipped: "calm",
  left: "calm",
  unfilled: "calm",
} as const;

/** A round as a line of steps, each with its state and its figures; every figure leads on. */
export function Loop({ projectId, round }: { projectId: string; round: Round }) {
  const { t } = useText();
  return (
    <ol className={styles.loop} aria-label={t("rounds.stepsOf", { number: round.number })}>
      {round.steps.map((step) => (
        <li
          key={step.step}
          className={styles.step}
          data-state={step.state}
          aria-current={step.state === "working" || step.state === "asks" ? "step" : undefined}
        >
          <h3>{t(`rounds.step.${step.step}`)}</h3>
          <Tag tone={TONES[step.state]}>{t(`rounds.state.${step.state}`)}</Tag>
          <StepFacts projectId={projectId} round={round} step={step} />
        </li>
      ))}
    </ol>
  );
}

interface Props {
  projectId: string;
  round: Round;
  step: RoundStep;
}

function StepFacts({ projectId, round, step }: Props) {
  const { t } = useText();
  const told = useSkipped(step);
  const run = step.runs.at(-1);
  const active = step.runs.find(({ status }) => status === "running" || status === "queued");
  return (
    <>
      {told && <p className={styles.small}>{told}</p>}
      <Counts projectId={projectId} round={round} step={step} />
      {step.version && step.step !== "promote" && (
        <p className={styles.small}>
          <Link to={paths.train(projectId, "versions")}>
            {t(`rounds.made.${step.version.kind}`, { number: step.version.number })}
          </Link>
        </p>
      )}
      {step.step === "judge" && round.campaign && (
        <p className={styles.small}>
          <Link to={paths.campaign(projectId, round.campaign)}>{t("rounds.campaign")}</Link>
        </p>
      )}
      {step.step === "promote" && step.runs.length > 0 && (
        <p className={styles.small}>
          <Link to={paths.train(projectId, "versions")}>{t("rounds.promoted")}</Link>
        </p>
      )}
      {step.gates.length > 0 && (
        <dl className={styles.gates}>
          {step.gates.map((gate) => (
            <NamedGate key={gate.gate} projectId={projectId} round={round} gate={gate} step={step} />
          ))}
        </dl>
      )}
      {run && step.step !== "promote" && step.step !== "judge" && step.gates.length === 0 && (
        <p className={styles.small}>
          <Link to={paths.run(projectId, run.id)}>{t("train.runs.number", { number: run.number })}</Link>
          {active?.progress_total ? ` · ${active.progress_done} / ${active.progress_total}` : ""}
        </p>
      )}
    </>
  );
}

/** Why a step had nothing to do. */
function useSkipped(step: RoundStep): string {
  const { t } = useText();
  const known = (["nothing_new", "first", "gate_off", "no_prompts", "by_chance"] as const).find((each) => each === step.reason);
  return known ? t(`rounds.skipped.${known}`) : "";
}

/** How many: of items, of judgments, of what was frozen. */
function Counts({ projectId, round, step }: Props) {
  const { t, language } = useText();
  const number = (name: string) => {
    const value = step.counts[name];
    return value === undefined ? null : formatNumber(value, language, 9);
  };
  const cutOff = stepOf(round, "snapshot")?.snapshot?.cut_off ?? null;
  const [items, fresh, wanted, rankings] = ["items", "new", "wanted", "rankings"].map(number);
  const [picked, candidates] = ["picked", "candidates"].map(number);
  if (step.step === "pick" && picked) {
    return <p className={styles.small}>{t("rounds.picked", { picked, candidates: candidates ?? "" })}</p>;
  }
  if (step.step === "sample" && items) return <p className={styles.small}>{t("rounds.items", { items })}</p>;
  if (step.step === "collect" && fresh) {
    return (
      <p className={styles.small}>
        <Link to={judgmentsBetween(projectId, round.judged_since, cutOff)}>
          {t(round.judged_since === null ? "rounds.allOf" : "rounds.newOf", { fresh, wanted: wanted ?? "" })}
        </Link>
      </p>
    );
  }
  if (step.step === "snapshot" && rankings) {
    return (
      <p className={styles.small}>
        <Link to={judgmentsBetween(projectId, null, cutOff)}>{t("rounds.rankings", { rankings })}</Link>
      </p>
    );
  }
  return null;
}
