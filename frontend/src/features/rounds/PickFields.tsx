import { Select } from "@mantine/core";
import { useRunKinds } from "@/features/train/api";
import { SettingsForm } from "@/features/train/SettingsForm";
import { IMPORTANT, type ConfigSchema } from "@/features/train/settings";
import { useText } from "@/lib/i18n";
import type { FieldProps } from "./PlanForm";
import styles from "./rounds.module.css";

const WAYS = ["chance", "choice"] as const;

/** Whether people judge all that was sampled, or what a run of the kind "Label next" chooses of it. */
export function PickFields({ draft, change, errorOf }: FieldProps) {
  const { t } = useText();
  const kinds = useRunKinds();
  const schema = (kinds.data as unknown as Record<string, ConfigSchema> | undefined)?.pick;
  const chosen = draft.pick_config ?? null;
  return (
    <>
      <div className={styles.grid}>
        <Select
          label={t("rounds.form.pick")}
          description={t(chosen ? "rounds.form.pickHint" : "rounds.form.chanceHint")}
          data={WAYS.map((value) => ({ value, label: t(`rounds.form.pickChoice.${value}`) }))}
          value={chosen ? "choice" : "chance"}
          allowDeselect={false}
          error={chosen ? undefined : errorOf("pick_config")}
          onChange={(value) => change({ pick_config: value === "choice" ? (chosen ?? {}) : null })}
        />
      </div>
      {chosen && schema && (
        <SettingsForm
          schema={schema}
          important={IMPORTANT.pick}
          config={chosen}
          onChange={(pick_config) => change({ pick_config })}
          errorOf={(name) => errorOf(name.replace("config", "pick_config"))}
        />
      )}
    </>
  );
}
