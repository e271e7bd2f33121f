import { useFaultInWords } from "@/features/train/settings";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { GATES, RANGES, shownOf, SIZES, timesOf } from "./gates";
import type { Defaults, FieldProps } from "./PlanForm";
import styles from "./rounds.module.css";

/** What must hold before a round goes on; an empty field asks nothing. */
export function GateFields({ draft, defaults, change, errorOf }: FieldProps & Defaults) {
  const { t } = useText();
  const faultInWords = useFaultInWords();
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
            times={timesOf(name)}
            value={draft[name]}
            error={faultInWords(RANGES[name], shownOf(name, draft)) ?? errorOf(name)}
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
