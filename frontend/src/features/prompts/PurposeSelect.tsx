import { Select } from "@mantine/core";
import { PURPOSES, type Purpose } from "@/features/manage/api";
import { useText } from "@/lib/i18n";

interface Props {
  value: Purpose;
  error?: string;
  onChange: (purpose: Purpose) => void;
}

export function PurposeSelect({ value, error, onChange }: Props) {
  const { t } = useText();
  return (
    <Select
      label={t("prompts.sets.purpose")}
      data={PURPOSES.map((purpose) => ({ value: purpose, label: t(`manage.purpose.${purpose}`) }))}
      value={value}
      error={error}
      allowDeselect={false}
      onChange={(choice) => onChange(PURPOSES.find((each) => each === choice) ?? "reward")}
    />
  );
}
