import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import type { Defaults, FieldProps } from "./PlanForm";
import styles from "./rounds.module.css";

const GATES = [
  "reward_least_accuracy",
  "reward_least_gain",
  "kl_ceiling",
  "least_stop_rate",
  "least_win_rate",
  "least_campaign_win_rate",
] as const;
const SIZES = ["campaign_prompts", "campaign_judgments"] as const;
/** Shares are written in per cent, differences of shares in points; the KL in nats. */
const SCALE: Record<(typeof GATES)[number], number> = {
  reward_least_accuracy: 100,
  reward_least_gain: 100,
  kl_ceiling: 1,
  least_stop_rate: 100,
  least_win_rate: 100,
  least_campaign_win_rate: 100,
};

/** What must hold before a round goes on; an empty field asks nothing. */
export function GateFields({ draft, defaults, change, errorOf }: FieldProps & Defaults) {
  const { t } = useText();
  return (
    <div className={styles.grid}>
      {GATES.map((name) => {
        return (
          <NumberField
            key={name}
            label={t(`rounds.form.${name}`)}
            description={t(`rounds.form.${name}Hint`)}
            placeholder={t("rounds.form.gateOff")}
            unit={t(`rounds.unit.${name}`)}
            times={SCALE[name]}
            value={draft[name]}
            error={errorOf(name)}
            onChange={(next) => change({ [name]: next })}
          />
        );
      })}
      {typeof draft.least_campaign_win_rate === "number" &&
        SIZES.map((name) => (
          <NumberField
            key={name}
            label={t(`rounds.form.${name}`)}
            description={t(`rounds.form.${name}Hint`)}
            value={draft[name]}
            standard={defaults[name]}
            min={1}
            whole
            error={errorOf(name)}
            onChange={(next) => change({ [name]: next ?? undefined })}
          />
        ))}
    </div>
  );
}
