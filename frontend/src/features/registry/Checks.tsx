import { Link } from "react-router";
import { paths } from "@/config/paths";
import { inUnits, restsOnTooLittle, restsOnUnknown } from "@/features/rounds/figures";
import { OverLength } from "@/features/rounds/OverLength";
import { BASELINE } from "@/features/train/settings";
import { useText, type Text } from "@/lib/i18n";
import type { Check } from "./api";
import styles from "./registry.module.css";

type Measured = Parameters<typeof inUnits>[0];

interface Props {
  projectId: string;
  versionId: string;
  checks: readonly Check[];
}

/** What must hold before a version comes into use, each with its figure and where that was measured. */
export function Checks({ projectId, versionId, checks }: Props) {
  const { t, language } = useText();
  return (
    <ul className={styles.checks} aria-label={t("registry.checks.title")}>
      {checks.map((check) => (
        <li key={check.gate} data-passed={check.passed}>
          <span className={styles.sign} aria-hidden="true">
            {check.passed ? "✓" : "✕"}
          </span>
          <div>
            <b>{checkName(check, t)}</b>{" "}
            <span className="srOnly">{t(check.passed ? "registry.checks.holds" : "registry.checks.fails")}</span>
            <div className="muted">{told(check, t, language)}</div>
            <OverLength found={check.over_length} />
            {(check.gate === "win_rate" || check.gate === "reward_gain") && check.value === null && (
              <Link to={evaluation(projectId, versionId, check)}>{t("registry.checks.evaluate")}</Link>
            )}
            {check.run && (
              <Link to={paths.run(projectId, check.run.id)}>
                {t("train.runs.number", { number: check.run.number })}
              </Link>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The form of a run that would measure the check. */
function evaluation(projectId: string, versionId: string, check: Check): string {
  const judged = check.gate === "reward_gain" ? "reward_version" : "policy_version";
  const wish = new URLSearchParams({ kind: "evaluate", [judged]: versionId });
  if (check.prompt_set !== null) wish.set("prompt_set", check.prompt_set);
  if (check.baseline !== null) wish.set(BASELINE, check.baseline);
  return paths.train(projectId, `runs/new?${wish.toString()}`);
}

/** What would have to be there for a figure. */
function wanted(check: Check, t: Text): string {
  switch (check.gate) {
    case "win_rate":
      return t(check.prompt_set === null ? "registry.checks.wants.win_rate" : "registry.checks.wants.winRateOn");
    case "reward_gain":
    case "campaign_win_rate":
      return t(`registry.checks.wants.${check.gate}`);
    default:
      return "";
  }
}

export function checkName(check: Check, t: Text): string {
  return isPlain(check) ? t(`registry.checks.${check.gate}`) : t(`rounds.gate.${check.gate as Measured}`);
}

function isPlain(check: Check): check is Check & { gate: "stored" | "judgments_stand" } {
  return check.gate === "stored" || check.gate === "judgments_stand";
}

function told(check: Check, t: Text, language: string): string {
  if (isPlain(check)) {
    return t(check.passed ? `registry.checks.${check.gate}Holds` : `registry.checks.${check.gate}Fails`);
  }
  const name = check.gate as Measured;
  const say = (value: number) => inUnits(name, value, language);
  const bound = check.bound === null ? "" : t(`rounds.bound.${name}`, { value: say(check.bound) });
  if (check.value === null) {
    return [t("registry.checks.notMeasured", { bound }), wanted(check, t)].filter(Boolean).join(" · ");
  }
  let range = "";
  if (check.low !== null && check.high !== null) {
    range = ` ${t("rounds.interval", { low: say(check.low), high: say(check.high) })}`;
  } else if (restsOnTooLittle(check)) {
    range = ` ${t("rounds.tooFew", { count: check.clusters ?? 0 })}`;
  } else if (restsOnUnknown({ ...check, gate: name })) {
    range = ` ${t("rounds.unknown")}`;
  }
  return [say(check.value) + range, bound && t("registry.checks.asked", { bound })].filter(Boolean).join(" · ");
}
