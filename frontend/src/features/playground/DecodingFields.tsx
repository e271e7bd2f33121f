import { Select, type InputWrapperProps } from "@mantine/core";
import { DEFAULTS, type DecodingNumber, numbersOf, STRATEGIES, TRIAL_RANGES } from "@/features/train/decoding";
import { rangeOf, settingHint, settingLabel, useFaultInWords, useSettingTexts } from "@/features/train/settings";
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
  const faultInWords = useFaultInWords();
  const meaning = (field: DecodingNumber) => {
    if (field === "top_k" || field === "top_p") return t(`playground.means.${field}`);
    return field === "no_repeat_ngram" || field === "repetition_penalty" ? t(`playground.means.${field}`) : "";
  };
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
      {numbersOf(decoding.strategy).map((field) => (
        <NumberField
          key={field}
          label={field === "n" ? t("train.plan.n") : settingLabel(field, texts)}
          title={field === "n" ? undefined : settingHint(field, {}, texts)}
          description={[meaning(field), rangeOf(TRIAL_RANGES[field])].filter(Boolean).join(" · ")}
          inputWrapperOrder={BELOW}
          whole={TRIAL_RANGES[field].type === "integer"}
          value={decoding[field]}
          standard={DEFAULTS[field]}
          error={faultInWords(TRIAL_RANGES[field], decoding[field]) ?? errorOf(field)}
          onChange={(value) => onChange({ ...decoding, [field]: value ?? undefined })}
        />
      ))}
    </fieldset>
  );
}

/** Fields stand in line whatever is said below them. */
const BELOW: InputWrapperProps["inputWrapperOrder"] = ["label", "input", "description", "error"];

/** What the strategy does not read goes back to where it means nothing. */
function fitting(decoding: Decoding): Decoding {
  if (decoding.strategy === "greedy") return { ...decoding, n: 1, num_beams: 1 };
  const n = decoding.n > 1 ? decoding.n : 4;
  return { ...decoding, n, num_beams: decoding.strategy === "beam" ? Math.max(4, n) : 1 };
}
