import { Button, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { Section } from "@/features/console/parts";
import { FormDialog } from "@/features/manage/FormDialog";
import { VisibleText } from "@/features/text/VisibleText";
import type { Run } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { describeRun } from "./api";
import styles from "./runs.module.css";

/** What people call a run and note about it. */
export type Words = Pick<Run, "name" | "note">;

/** A run by its number and kind, and what people call it. */
export function RunTitle({ run }: { run: Pick<Run, "number" | "kind" | "name"> }) {
  const { t } = useText();
  return (
    <>
      {run.number} · {t(`train.kind.${run.kind}.name`)}
      {run.name && (
        <>
          {" · "}
          <bdi className={styles.called}>
            <VisibleText text={run.name} />
          </bdi>
        </>
      )}
    </>
  );
}

interface FieldsProps {
  value: Words;
  onChange: (value: Words) => void;
  errorOf: (field: string) => string | undefined;
}

export function NameFields({ value, onChange, errorOf }: FieldsProps) {
  const { t } = useText();
  return (
    <>
      <TextInput
        label={t("runs.naming.name")}
        description={t("runs.naming.hint")}
        maxLength={80}
        value={value.name}
        error={errorOf("name")}
        onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
      />
      <Textarea
        label={t("runs.naming.note")}
        maxLength={2000}
        autosize
        minRows={2}
        maxRows={8}
        value={value.note}
        error={errorOf("note")}
        onChange={(event) => onChange({ ...value, note: event.currentTarget.value })}
      />
    </>
  );
}

/** Gives a run another name or note, however far it is. */
export function DescribeButton({ projectId, run }: { projectId: string; run: Run }) {
  const { t } = useText();
  const [draft, setDraft] = useState<Words | null>(null);
  const { act, busy, error, fieldError } = useAct([
    ["run", run.id],
    ["runs", projectId],
  ]);
  const save = async () => {
    if (draft && (await act(() => describeRun(run.id, draft)))) setDraft(null);
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setDraft({ name: run.name, note: run.note })}>
        {t("runs.naming.change")}
      </Button>
      <FormDialog
        title={t("runs.naming.change")}
        send={t("console.save")}
        opened={draft !== null}
        busy={busy}
        error={error}
        onClose={() => setDraft(null)}
        onSend={() => void save()}
      >
        {draft && <NameFields value={draft} onChange={setDraft} errorOf={fieldError} />}
      </FormDialog>
    </>
  );
}

export function Note({ run }: { run: Run }) {
  const { t } = useText();
  if (!run.note) return null;
  return (
    <Section title={t("runs.naming.note")}>
      <p className={styles.note} dir="auto">
        <VisibleText text={run.note} />
      </p>
    </Section>
  );
}
