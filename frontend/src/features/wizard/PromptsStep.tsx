import { Radio, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { useAct } from "@/features/console/useAct";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { pasteRows } from "./api";
import { exampleRows } from "./content";
import { rowsOf, type PastedRow } from "./plan";
import { StepFrame, type StepProps } from "./StepFrame";

const WAYS = ["example", "paste", "file"] as const;
type Way = (typeof WAYS)[number];

/** Prompts and the answers to them: an example, pasted, or from a file. */
export function PromptsStep({ project, purpose, onNext, onBack }: StepProps) {
  const { t } = useText();
  const [way, setWay] = useState<Way>("example");
  const [text, setText] = useState("");
  const writing = purpose === "demonstrations";
  const rows = rowsOf(text, writing);
  const { act, busy, error } = useAct([["overview", project.id], ["assignments", project.id]]);
  const [refused, setRefused] = useState<string[]>([]);
  const store = async (given: PastedRow[]) => {
    const name = t(way === "example" ? "projects.wizard.prompts.exampleName" : "projects.wizard.prompts.pastedName");
    const told = await act(() =>
      pasteRows(project.id, { name, kind: writing ? "demonstration" : "ranking", rows: given }),
    );
    if (!told) return;
    const problems = told.issues.map((one) => t("projects.wizard.prompts.row", { line: one.line, why: one.message }));
    if (told.too_few > 0) problems.push(t("projects.wizard.prompts.tooFew", { count: told.too_few }));
    setRefused(problems);
    if (problems.length === 0) onNext();
  };
  const save = () => {
    if (way === "example") void store(exampleRows(project.language, project.completions_per_item ?? 4));
    else if (way === "paste" && rows.length > 0) void store(rows);
    else onNext();
  };
  return (
    <StepFrame
      title={t("projects.wizard.prompts.title")}
      lead={t(writing ? "projects.wizard.prompts.leadWriting" : "projects.wizard.prompts.lead")}
      busy={busy}
      error={error}
      onSave={save}
      onSkip={onNext}
      onBack={onBack}
    >
      <Radio.Group
        label={t("projects.wizard.prompts.way")}
        value={way}
        onChange={(value) => setWay(value as Way)}
      >
        <Stack gap="xs" mt="xs">
          {WAYS.map((each) => (
            <Radio
              key={each}
              value={each}
              label={t(`projects.wizard.way.${each}`)}
              description={t(`projects.wizard.wayHint.${each}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {way === "paste" && (
        <>
          <Textarea
            label={t("projects.wizard.prompts.paste")}
            description={t(writing ? "projects.wizard.prompts.formWriting" : "projects.wizard.prompts.form")}
            lang={project.language}
            autosize
            minRows={8}
            maxRows={24}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Text size="sm" role="status">
            {t("projects.wizard.prompts.found", {
              prompts: rows.length,
              answers: rows.reduce((sum, row) => sum + row.completions.length, 0),
            })}
          </Text>
        </>
      )}
      {way === "file" && <Link to={paths.manage(project.id, "import")}>{t("manage.data.title")}</Link>}
      {refused.length > 0 && (
        <Notice tone="warn">
          {refused.map((line) => (
            <span key={line}>{line} </span>
          ))}
        </Notice>
      )}
    </StepFrame>
  );
}
