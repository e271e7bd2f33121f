import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import styles from "@/features/manage/manage.module.css";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readEstimates } from "./api";

const REVIEWED = ["ignored", "added", "replace"] as const;
export interface Weighing {
  reliability_estimate: string | null;
  adjudicated: (typeof REVIEWED)[number];
}
export const EQUAL: Weighing = { reliability_estimate: null, adjudicated: "ignored" };

interface Props {
  projectId: string;
  value: Weighing;
  onChange: (value: Weighing) => void;
}

/** How much each judgment weighs, and what orders given in review do. */
export function Standing({ projectId, value, onChange }: Props) {
  const { t, language } = useText();
  const estimates = useQuery({ queryKey: ["estimates", projectId], queryFn: () => readEstimates(projectId) });
  return (
    <div className={styles.grid}>
      <Select
        label={t("exports.weights")}
        description={t("exports.weightsHint")}
        placeholder={t("exports.weightsEqual")}
        data={(estimates.data?.results ?? []).map((one) => ({
          value: one.id,
          label: t("exports.weightsOf", { number: one.number, time: formatTime(one.cut_off, language) }),
        }))}
        value={value.reliability_estimate}
        onChange={(chosen) => onChange({ ...value, reliability_estimate: chosen })}
        clearable
        clearButtonProps={{ "aria-label": t("explorer.clear") }}
      />
      <Select
        label={t("exports.reviewed")}
        description={t("exports.reviewedHint")}
        data={REVIEWED.map((name) => ({ value: name, label: t(`exports.reviewedAs.${name}`) }))}
        value={value.adjudicated}
        onChange={(chosen) => onChange({ ...value, adjudicated: chosen ?? "ignored" })}
        allowDeselect={false}
      />
    </div>
  );
}
