import { Chip, Group, Select, TextInput } from "@mantine/core";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { weekdayName } from "./PlanCard";
import type { Defaults, FieldProps } from "./PlanForm";
import styles from "./rounds.module.css";

const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** When a round has enough judgments to go on. */
export function WhenFields({ draft, defaults, change, errorOf }: FieldProps & Defaults) {
  const { t, language } = useText();
  const byCalendar = draft.trigger === "calendar";
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <>
      <div className={styles.grid}>
        <Select
          label={t("rounds.form.trigger")}
          data={(["judgments", "calendar"] as const).map((value) => ({ value, label: t(`rounds.form.triggerChoice.${value}`) }))}
          value={draft.trigger ?? "judgments"}
          allowDeselect={false}
          onChange={(value) =>
            change(value === "calendar" ? { trigger: "calendar", at: draft.at ?? "02:00" } : { trigger: "judgments" })
          }
        />
        <NumberField
          label={t(byCalendar ? "rounds.form.atLeast" : "rounds.form.judgments")}
          description={t("rounds.form.judgmentsHint")}
          value={draft.judgments}
          standard={defaults.judgments}
          min={1}
          whole
          error={errorOf("judgments")}
          onChange={(value) => change({ judgments: value ?? undefined })}
        />
        {byCalendar && (
          <>
            <TextInput
              type="time"
              label={t("rounds.form.at")}
              value={(draft.at ?? "").slice(0, 5)}
              error={errorOf("at")}
              onChange={(event) => change({ at: event.currentTarget.value || null })}
            />
            <Select
              label={t("rounds.form.zone")}
              data={zones.includes("UTC") ? zones : ["UTC", ...zones]}
              value={draft.time_zone ?? "UTC"}
              error={errorOf("time_zone")}
              allowDeselect={false}
              searchable
              onChange={(value) => change({ time_zone: value ?? "UTC" })}
            />
          </>
        )}
      </div>
      {byCalendar && (
        <fieldset className={styles.days}>
          <legend>{t("rounds.form.days")}</legend>
          <Chip.Group
            multiple
            value={(draft.weekdays ?? []).map(String)}
            onChange={(days) => change({ weekdays: days.map(Number).sort() })}
          >
            <Group gap="xs">
              {DAYS.map((day) => (
                <Chip key={day} value={String(day)} size="sm">
                  {weekdayName(day, language)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </fieldset>
      )}
    </>
  );
}
