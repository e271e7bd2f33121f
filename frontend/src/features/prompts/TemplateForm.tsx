import { Button, Group, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import forms from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { saveTemplate, type Template, type TemplateVersion } from "./api";
import styles from "./prompts.module.css";

interface Props {
  projectId: string;
  /** Without it a new template is written. */
  name?: string;
  version?: TemplateVersion;
  onSaved: (template: Template) => void;
}

interface Example {
  input: string;
  output: string;
}

/** The wording of a template. Saving another wording makes the next version. */
export function TemplateForm({ projectId, name: known, version, onSaved }: Props) {
  const { t } = useText();
  const [name, setName] = useState(known ?? "");
  const [system, setSystem] = useState(version?.system ?? "");
  const [examples, setExamples] = useState<Example[]>(version?.examples ?? []);
  const [body, setBody] = useState(version?.body ?? "");
  const { act, busy, error, fieldError } = useAct([["prompt-templates", projectId]]);
  const save = async () => {
    const made = await act(() => saveTemplate(projectId, { name, system, examples, body }));
    if (made) onSaved(made);
  };
  const write = (index: number, part: Partial<Example>) =>
    setExamples((now) => now.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <form
      className={forms.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {known === undefined && (
        <TextInput
          label={t("console.name")}
          value={name}
          error={fieldError("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={t("prompts.templates.system")}
        autosize
        minRows={1}
        maxRows={10}
        value={system}
        error={fieldError("system")}
        onChange={(event) => setSystem(event.currentTarget.value)}
      />
      {examples.map((example, index) => (
        <fieldset key={index} className={styles.pane}>
          <legend>{t("prompts.templates.example", { number: index + 1 })}</legend>
          <Textarea
            label={t("prompts.templates.input")}
            autosize
            maxRows={10}
            value={example.input}
            error={fieldError(`examples[${index}].input`)}
            onChange={(event) => write(index, { input: event.currentTarget.value })}
          />
          <Textarea
            label={t("prompts.templates.output")}
            autosize
            maxRows={10}
            value={example.output}
            error={fieldError(`examples[${index}].output`)}
            onChange={(event) => write(index, { output: event.currentTarget.value })}
          />
          <Group>
            <Button
              size="xs"
              variant="default"
              onClick={() => setExamples((now) => now.filter((_, at) => at !== index))}
            >
              {t("prompts.templates.removeExample")}
            </Button>
          </Group>
        </fieldset>
      ))}
      <Textarea
        label={t("prompts.templates.body")}
        description={t("prompts.templates.bodyHint", { example: "{{name}}" })}
        autosize
        minRows={3}
        maxRows={20}
        value={body}
        error={fieldError("body")}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t(version ? "prompts.templates.saveVersion" : "console.create")}
        </Button>
        <Button variant="default" onClick={() => setExamples((now) => [...now, { input: "", output: "" }])}>
          {t("prompts.templates.addExample")}
        </Button>
      </Group>
    </form>
  );
}
