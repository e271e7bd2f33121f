import { Button, FileInput, Group, SegmentedControl, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { Failure, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import forms from "@/features/manage/manage.module.css";
import { usePromptSets } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { fillTemplate, previewFilling, type Filling, type Template, type TemplateVersion } from "./api";
import styles from "./prompts.module.css";
import { formOf, sampleTable, type TableForm } from "./table";

interface Props {
  projectId: string;
  template: Template;
  version: TemplateVersion;
}

/** Rows of values for a template: looked at first, then made into prompts. */
export function FillTemplate({ projectId, template, version }: Props) {
  const { t } = useText();
  const sets = (usePromptSets(projectId).data ?? []).filter((set) => set.retired_at === null);
  const choices = sets.map((set) => ({ value: set.id, label: `${set.name} v${set.version}` }));
  const [from, setFrom] = useState<"table" | "set">("table");
  const [table, setTable] = useState(() => sampleTable(version.variables));
  const [form, setForm] = useState<TableForm>("csv");
  const [source, setSource] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const [seen, setSeen] = useState<{ outcome: Filling; stored: boolean } | null>(null);
  const { act, busy, error, fieldError } = useAct([["prompts"], ["prompt-sets", projectId], ["prompt-facets"]]);
  const isReady = target !== null && (from === "table" || source !== null);
  const changed = <T,>(set: (value: T) => void) => (value: T) => {
    setSeen(null);
    set(value);
  };
  const send = async (stored: boolean) => {
    if (!target) return;
    const rows = from === "table" ? { table, form } : { source: source ?? "", form };
    const body = { version: version.id, prompt_set: target, ...rows };
    const outcome = await act(() => (stored ? fillTemplate : previewFilling)(template.id, body));
    if (outcome) setSeen({ outcome, stored });
  };
  const upload = async (file: File | null) => {
    if (!file) return;
    changed(setTable)(await file.text());
    setForm(formOf(file.name));
  };
  return (
    <div className={forms.form}>
      <p>{t("prompts.fill.variables", { names: version.variables.join(", ") || t("prompts.fill.noVariables") })}</p>
      <SegmentedControl
        aria-label={t("prompts.fill.from")}
        data={[
          { value: "table", label: t("prompts.fill.table") },
          { value: "set", label: t("prompts.fill.set") },
        ]}
        value={from}
        onChange={(value) => changed(setFrom)(value === "set" ? "set" : "table")}
      />
      {from === "table" ? (
        <>
          <div className={forms.grid}>
            <FileInput label={t("prompts.fill.file")} accept=".csv,.tsv,.jsonl,.txt" clearable={false} onChange={(file) => void upload(file)} />
            <Select
              label={t("prompts.fill.form")}
              data={[
                { value: "csv", label: "CSV" },
                { value: "tsv", label: t("prompts.fill.tsv") },
                { value: "jsonl", label: "JSONL" },
              ]}
              value={form}
              allowDeselect={false}
              onChange={(value) => changed(setForm)(value === "tsv" || value === "jsonl" ? value : "csv")}
            />
          </div>
          <Textarea
            label={t("prompts.fill.rows")}
            autosize
            minRows={4}
            maxRows={14}
            value={table}
            error={fieldError("table")}
            classNames={{ input: styles.code ?? "" }}
            onChange={(event) => changed(setTable)(event.currentTarget.value)}
          />
        </>
      ) : (
        <Select
          label={t("prompts.fill.source")}
          description={t("prompts.fill.sourceHint")}
          data={choices}
          value={source}
          onChange={changed(setSource)}
        />
      )}
      <Select label={t("prompts.fill.target")} data={choices} value={target} onChange={changed(setTarget)} />
      <Failure error={error} />
      <Group>
        <Button variant="default" disabled={!isReady} loading={busy} onClick={() => void send(false)}>
          {t("prompts.fill.preview")}
        </Button>
        {seen && !seen.stored && seen.outcome.new > 0 && (
          <Button loading={busy} onClick={() => void send(true)}>
            {t("prompts.fill.make", { count: seen.outcome.new })}
          </Button>
        )}
      </Group>
      {seen && <Outcome {...seen} />}
    </div>
  );
}

function Outcome({ outcome, stored }: { outcome: Filling; stored: boolean }) {
  const { t } = useText();
  const numbers = { count: outcome.new, repeated: outcome.repeated, already: outcome.already, refused: outcome.refused };
  return (
    <>
      <Notice tone={outcome.refused > 0 ? "warn" : "calm"}>
        {t(stored ? "prompts.fill.made" : "prompts.fill.would", numbers)}
        {outcome.unused.length > 0 && ` ${t("prompts.fill.unused", { names: outcome.unused.join(", ") })}`}
      </Notice>
      {outcome.issues.length > 0 && (
        <TableFrame label={t("prompts.fill.issues")}>
          <ul className={styles.issues}>
            {outcome.issues.map((issue, index) => (
              <li key={index}>
                {t("prompts.fill.row", { row: issue.row })} {issue.variable && <code>{issue.variable}</code>}{" "}
                <span className="muted">{ruleWords(issue.rule, t) ?? issue.message}</span>
              </li>
            ))}
          </ul>
        </TableFrame>
      )}
      {outcome.prompts.map((prompt) => (
        <PromptPane key={prompt.row} messages={prompt.messages} lang="" raw={false} />
      ))}
    </>
  );
}

const RULES = ["missing", "wrong_type", "bad_character", "too_long", "prompt_on_one_side_only"] as const;

function ruleWords(rule: string, t: ReturnType<typeof useText>["t"]): string | undefined {
  const known = RULES.find((each) => each === rule);
  return known && t(`prompts.fill.rule.${known}`);
}
