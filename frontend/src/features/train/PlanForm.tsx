import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { OpenModal } from "@/features/console/OpenModal";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { createPlan } from "./api";
import { DEFAULTS, type DecodingNumber, NUMBERS, numbersOf, PLAN_RANGES, STRATEGIES } from "./decoding";
import { faultOf, settingHint, settingLabel, useFaultInWords, useSettingTexts } from "./settings";
import styles from "./train.module.css";

type Plan = Schemas["NewSamplingPlanRequest"];

interface Props {
  projectId: string;
  onClose: () => void;
  onCreated: (plan: Schemas["SamplingPlanRow"]) => void;
}

/** How completions are drawn. A plan never changes, so that a completion's plan tells its story. */
export function PlanForm({ projectId, onClose, onCreated }: Props) {
  const { t } = useText();
  const texts = useSettingTexts();
  const [plan, setPlan] = useState<Plan>({ name: "", strategy: "sample", n: 4, max_new_tokens: 128 });
  const { act, busy, error, fieldError } = useAct([["plans", projectId]]);
  const faultInWords = useFaultInWords();
  const isWrong = numbersOf(plan.strategy).some((field) => faultOf(PLAN_RANGES[field], plan[field]));
  const number = (field: DecodingNumber, label: string, hint: string, fallback?: number) => (
    <NumberField
      key={field}
      label={label}
      description={hint}
      error={faultInWords(PLAN_RANGES[field], plan[field]) ?? fieldError(field)}
      value={plan[field]}
      standard={fallback}
      onChange={(value) => setPlan({ ...plan, [field]: value ?? undefined })}
    />
  );
  const create = async () => {
    const made = await act(() => createPlan(projectId, plan));
    if (made) {
      onCreated(made);
      onClose();
    }
  };
  return (
    <OpenModal onClose={onClose} title={t("train.plan.new")} size="lg">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation(); // the dialog stands in another form, which is not sent by this
          void create();
        }}
      >
        <Stack>
          <div className={styles.grid}>
            <TextInput
              label={t("console.name")}
              error={fieldError("name")}
              value={plan.name}
              data-autofocus
              onChange={(event) => setPlan({ ...plan, name: event.currentTarget.value })}
            />
            <Select
              label={settingLabel("strategy", texts)}
              data={STRATEGIES.map((value) => ({ value, label: t(`train.plan.${value}`) }))}
              value={plan.strategy}
              allowDeselect={false}
              onChange={(value) =>
                setPlan({ ...plan, strategy: STRATEGIES.find((each) => each === value) ?? "sample" })
              }
            />
            {number("n", t("train.plan.n"), t("train.plan.nHint"))}
            {number("max_new_tokens", settingLabel("max_new_tokens", texts), "")}
            {NUMBERS[plan.strategy].map((field) =>
              number(field, settingLabel(field, texts), settingHint(field, {}, texts), DEFAULTS[field]),
            )}
          </div>
          <Failure error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={isWrong}>
              {t("console.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </OpenModal>
  );
}
