import { Button, Group, Select, Switch } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { InputSelect } from "@/features/train/InputSelect";
import styles from "@/features/train/train.module.css";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { drawByMix, type Mix } from "./api";

/** Sample by the mix on a prompt set; the items follow by themselves. */
export function DrawForm({ projectId, mix }: { projectId: string; mix: Mix }) {
  const { t } = useText();
  const [promptSet, setPromptSet] = useState<string | null>(null);
  const [limit, setLimit] = useState<number | null>(null);
  const [onlyNew, setOnlyNew] = useState(true);
  const [missing, setMissing] = useState<"wait" | "make">("wait");
  const [key, setKey] = useState(newUuid);
  const { act, busy, error, fieldError } = useAct([["mix-draws", mix.id], ["runs", projectId]]);
  const start = async () => {
    const body = { prompt_set: promptSet ?? "", only_new: onlyNew, limit, missing };
    if (await act(() => drawByMix(mix.id, body, key))) setKey(newUuid()); // the next press is another wish
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div className={styles.grid}>
        <InputSelect
          projectId={projectId}
          kind="sample"
          input="prompt_set"
          value={promptSet}
          waiting={false}
          error={fieldError("prompt_set")}
          onChange={setPromptSet}
        />
        <NumberField
          label={t("mixes.limit")}
          placeholder={t("mixes.noLimit")}
          whole
          value={limit}
          error={fieldError("limit")}
          onChange={setLimit}
        />
        <Select
          label={t("mixes.missing")}
          data={(["wait", "make"] as const).map((value) => ({ value, label: t(`mixes.missingChoice.${value}`) }))}
          value={missing}
          allowDeselect={false}
          onChange={(value) => setMissing(value === "make" ? "make" : "wait")}
        />
      </div>
      <Switch
        label={t("mixes.onlyNew")}
        checked={onlyNew}
        onChange={(event) => setOnlyNew(event.currentTarget.checked)}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy} disabled={promptSet === null}>
          {t("mixes.sample")}
        </Button>
      </Group>
    </form>
  );
}
