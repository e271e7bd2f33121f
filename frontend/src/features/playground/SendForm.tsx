import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePromptSets } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import { sendTrial, type Trial } from "./api";
import type { Spot } from "./best";
import styles from "./playground.module.css";

interface Props {
  projectId: string;
  trial: Trial;
  picked: readonly Spot[];
}

/** Completions that were picked become work for labelers, who learn nothing of where it comes from. */
export function SendForm({ projectId, trial, picked }: Props) {
  const { t } = useText();
  const sets = usePromptSets(projectId);
  const [set, setSet] = useState<string | null>(null);
  const [needed, setNeeded] = useState<number | undefined>();
  const { act, busy, error, fieldError } = useAct([
    ["trial", trial.id],
    ["trials", projectId],
    ["prompt-sets", projectId],
  ]);
  if (trial.item !== null) return <Notice tone="calm">{t("playground.send.done")}</Notice>;
  const send = () =>
    act(() =>
      sendTrial(trial.id, {
        chosen: [...picked],
        ...(set ? { prompt_set: set } : {}),
        ...(needed === undefined ? {} : { needed }),
      }),
    );
  return (
    <div className={styles.send}>
      <p>{t("playground.send.lead")}</p>
      <div className={styles.fields}>
        <Select
          label={t("playground.send.set")}
          placeholder={t("playground.send.own")}
          data={(sets.data ?? [])
            .filter((each) => each.purpose === "reward" && each.retired_at === null)
            .map((each) => ({ value: each.id, label: `${each.name} v${each.version}` }))}
          value={set}
          clearable
          error={fieldError("prompt_set")}
          onChange={setSet}
        />
        <NumberField
          label={t("playground.send.needed")}
          placeholder={t("playground.send.usual")}
          value={needed}
          min={1}
          max={50}
          whole
          error={fieldError("needed")}
          onChange={(value) => setNeeded(value ?? undefined)}
        />
      </div>
      <Failure error={error} />
      <Group>
        <Button variant="default" loading={busy} disabled={picked.length < 2} onClick={() => void send()}>
          {t("playground.send.go", { count: picked.length })}
        </Button>
      </Group>
    </div>
  );
}
