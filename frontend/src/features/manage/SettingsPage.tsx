import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useProject, type Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { Problem } from "@/lib/http";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import { changeProject } from "./api";
import styles from "./manage.module.css";
import { ScreenFields, screenOf, type Screen } from "./ScreenFields";

const NUMBERS = [
  ["judgments_per_item", "1–50"],
  ["completions_per_item", "2–9"],
  ["lease_seconds_min", "30–86400"],
  ["lease_seconds_max", "30–86400"],
] as const;
/** Limits that may be left out. */
const LIMITS = ["budget", "daily_cap"] as const;
const STATES = ["active", "paused", "archived"] as const;
/** Rules that join several fields, which the interface explains in its own words. */
const RULES = ["twice", "missing", "duel", "lease_bounds"] as const;

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

/** A moment as the browser's field for date and time takes it. */
function localTime(moment: string | null | undefined): string {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Everything about a project that its administrators may set. */
function SettingsForm({ project }: { project: Project }) {
  const { t } = useText();
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const [state, setState] = useState(project.state);
  const [screen, setScreen] = useState(() => screenOf(project));
  const [numbers, setNumbers] = useState<Record<string, number | null>>(() =>
    Object.fromEntries(NUMBERS.map(([field]) => [field, project[field] ?? null])),
  );
  const [limits, setLimits] = useState<Record<string, number | null>>(() =>
    Object.fromEntries(LIMITS.map((field) => [field, project[field] ?? null])),
  );
  const [endsAt, setEndsAt] = useState(() => localTime(project.ends_at));
  const archived = project.state === "archived";
  const changed = [["project", project.id], ["project-progress", project.id], ["projects"], ["me"]];
  const { act, busy, done, error, fieldError } = useAct(changed);
  const complaint = (field: string): string | undefined => {
    const found = error instanceof Problem && error.errors.find((each) => each.field === field);
    const rule = RULES.find((each) => found && each === found.rule);
    const said = fieldError(field);
    return rule ? t(`manage.settings.rule.${rule}`) : said;
  };
  const changeScreen = (change: Partial<Screen>) => {
    setScreen((before) => ({ ...before, ...change }));
    if (change.mode === "duel") setNumbers((before) => ({ ...before, completions_per_item: 2 }));
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (archived) {
      void act(() => changeProject(project.id, { state }));
      return;
    }
    const chosen = Object.entries(numbers).filter(([, value]) => value !== null);
    void act(() =>
      changeProject(project.id, {
        name,
        description,
        state,
        ...screen,
        ...(Object.fromEntries(chosen) as Record<string, number>),
        budget: limits.budget,
        daily_cap: limits.daily_cap,
        ends_at: endsAt ? new Date(endsAt).toISOString() : null,
      }),
    );
  };
  return (
    <form onSubmit={save} className={styles.field}>
      <Stack gap="lg">
        {archived && <Notice tone="calm">{t("projects.settings.archived")}</Notice>}
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
        <Text size="sm">{t("projects.settings.inFlight")}</Text>
        {NUMBERS.map(([field, range]) => (
          <NumberField
            key={field}
            label={t(`manage.settings.${field}`)}
            description={range}
            whole
            value={numbers[field]}
            standard={project[field]}
            onChange={(value) => setNumbers((before) => ({ ...before, [field]: value }))}
            error={complaint(field)}
          />
        ))}
        {LIMITS.map((field) => (
          <NumberField
            key={field}
            label={t(`projects.settings.${field}`)}
            description={t(`projects.settings.${field}Hint`)}
            whole
            value={limits[field]}
            onChange={(value) => setLimits((before) => ({ ...before, [field]: value }))}
            error={complaint(field)}
          />
        ))}
        <TextInput
          type="datetime-local"
          label={t("projects.settings.endsAt")}
          description={t("projects.settings.endsAtHint")}
          value={endsAt}
          onChange={(event) => setEndsAt(event.currentTarget.value)}
          error={fieldError("ends_at")}
        />
        <ScreenFields screen={screen} onChange={changeScreen} complaint={complaint} />
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
