import { Select } from "@mantine/core";
import { DEFAULTS, NUMBERS, STRATEGIES } from "@/features/train/decoding";
import { settingHint, settingLabel, useSettingTexts } from "@/features/train/settings";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import type { Decoding } from "./api";
import styles from "./playground.module.css";

interface Props {
  decoding: Decoding;
  errorOf: (field: string) => string | undefined;
  onChange: (decoding: Decoding) => void;
}

/** How completions are drawn; only what the strategy reads is shown. */
export function DecodingFields({ decoding, errorOf, onChange }: Props) {
  const { t } = useText();
  const texts = useSettingTexts();
  const fields = ["n", "max_new_tokens", ...NUMBERS[decoding.strategy]] as const;
  const shown = decoding.strategy === "greedy" ? fields.filter((field) => field !== "n") : fields;
  return (
    <fieldset className={styles.decoding}>
      <legend>{t("playground.decoding")}</legend>
      <Select
        label={settingLabel("strategy", texts)}
        data={STRATEGIES.map((value) => ({ value, label: t(`train.plan.${value}`) }))}
        value={decoding.strategy}
        allowDeselect={false}
        onChange={(value) => {
          const strategy = STRATEGIES.find((each) => each === value) ?? "sample";
          onChange(fitting({ ...decoding, strategy }));
        }}
      />
      {shown.map((field) => (
        <NumberField
          key={field}
          label={field === "n" ? t("train.plan.n") : settingLabel(field, texts)}
          title={field === "n" ? undefined : settingHint(field, {}, texts)}
          value={decoding[field]}
          standard={DEFAULTS[field]}
          error={errorOf(field)}
          onChange={(value) => onChange({ ...decoding, [field]: value ?? undefined })}
        />
      ))}
    </fieldset>
  );
}

/** What the strategy does not read goes back to where it means nothing. */
function fitting(decoding: Decoding): Decoding {
  if (decoding.strategy === "greedy") return { ...decoding, n: 1, num_beams: 1 };
  const n = decoding.n > 1 ? decoding.n : 4;
  return { ...decoding, n, num_beams: decoding.strategy === "beam" ? Math.max(4, n) : 1 };
}
