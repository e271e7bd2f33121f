import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import { makeItems } from "./api";

interface FormProps {
  projectId: string;
  setId: string;
}

/** Work for labelers, of the prompts of a set that are in use. */
export function MakeItems({ projectId, setId }: FormProps) {
  const { t } = useText();
  const [kind, setKind] = useState<"ranking" | "demonstration">("ranking");
  const [k, setK] = useState<number | undefined>();
  const [needed, setNeeded] = useState<number | undefined>();
  const [made, setMade] = useState<{ created: number; existing: number; too_few: number }>();
  const { act, busy, error, fieldError } = useAct([
    ["items", projectId],
    ["overview", projectId],
    ["assignments", projectId],
    ["prompt-set", setId],
    ["prompt-set-counts", projectId],
    ["prompt-facets", setId],
    ["prompts", setId],
  ]);
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void act(() => makeItems(projectId, { prompt_set: setId, kind, k, needed })).then(setMade);
      }}
    >
      <div className={styles.grid}>
        <Select
          label={t("manage.items.kind")}
          data={[
            { value: "ranking", label: t("manage.items.ranking") },
            { value: "demonstration", label: t("manage.items.demonstration") },
          ]}
          value={kind}
          allowDeselect={false}
          onChange={(value) => setKind(value === "demonstration" ? "demonstration" : "ranking")}
        />
        {kind === "ranking" && (
          <NumberField
            label={t("train.form.k")}
            description="2–9"
            placeholder={t("train.form.asProject")}
            error={fieldError("k")}
            whole
            value={k}
            onChange={(value) => setK(value ?? undefined)}
          />
        )}
        <NumberField
          label={t("train.form.needed")}
          description="1–50"
          placeholder={t("train.form.asProject")}
          error={fieldError("needed")}
          whole
          value={needed}
          onChange={(value) => setNeeded(value ?? undefined)}
        />
      </div>
      <Failure error={error} />
      {made && (
        <Notice tone="calm">
          {t("prompts.set.made", { created: made.created, existing: made.existing, tooFew: made.too_few })}
        </Notice>
      )}
      <Group>
        <Button type="submit" loading={busy}>
          {t("prompts.set.makeItems")}
        </Button>
      </Group>
    </form>
  );
}
