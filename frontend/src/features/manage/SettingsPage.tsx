import { Button, Group, NativeSelect, NumberInput, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useProject, type Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { changeProject } from "./api";
import styles from "./manage.module.css";

const NUMBERS = [
  ["judgments_per_item", "1–50"],
  ["completions_per_item", "2–9"],
  ["lease_seconds_min", "30–86400"],
  ["lease_seconds_max", "30–86400"],
] as const;
const STATES = ["active", "paused", "archived"] as const;

export function SettingsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const project = useProject(projectId);
  return (
    <>
      <PageHead title={t("manage.settings.title")} />
      <Awaited query={project}>{(found) => <SettingsForm project={found} />}</Awaited>
    </>
  );
}

/** Everything about a project that its administrators may set. */
function SettingsForm({ project }: { project: Project }) {
  const { t } = useText();
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const [state, setState] = useState(project.state);
  const [ties, setTies] = useState(project.allow_ties);
  const [numbers, setNumbers] = useState<Record<string, number | string>>(() =>
    Object.fromEntries(NUMBERS.map(([field]) => [field, project[field] ?? ""])),
  );
  const changed = [["project", project.id], ["projects"], ["me"]];
  const { act, busy, done, error, fieldError } = useAct(changed);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const chosen = Object.entries(numbers).filter(([, value]) => typeof value === "number");
    void act(() =>
      changeProject(project.id, {
        name,
        description,
        state,
        allow_ties: ties,
        ...(Object.fromEntries(chosen) as Record<string, number>),
      }),
    );
  };
  return (
    <form onSubmit={save} className={styles.field}>
      <Stack gap="lg">
        <TextInput
          label={t("console.name")}
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError("name")}
        />
        <Textarea
          label={t("manage.settings.description")}
          autosize
          minRows={2}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fieldError("description")}
        />
        <NativeSelect
          label={t("manage.settings.state")}
          description={t("manage.settings.stateHint")}
          value={state}
          onChange={(event) => setState(event.currentTarget.value as Project["state"])}
          data={STATES.map((value) => ({ value, label: t(`project.state.${value}`) }))}
          error={fieldError("state")}
        />
        <Switch
          label={t("manage.settings.allow_ties")}
          description={t("manage.settings.tiesHint")}
          checked={ties}
          onChange={(event) => setTies(event.currentTarget.checked)}
          error={fieldError("allow_ties")}
        />
        {NUMBERS.map(([field, range]) => (
          <NumberInput
            key={field}
            label={t(`manage.settings.${field}`)}
            description={range}
            allowDecimal={false}
            hideControls
            value={numbers[field] ?? ""}
            onChange={(value) => setNumbers((before) => ({ ...before, [field]: value }))}
            error={fieldError(field)}
          />
        ))}
        <Failure error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t("console.save")}
          </Button>
          <Text role="status">{done ? t("console.saved") : ""}</Text>
        </Group>
      </Stack>
    </form>
  );
}
