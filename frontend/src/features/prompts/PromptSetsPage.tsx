import { Button, Group, Switch, Table, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, Nothing, PageHead, Section, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { type Purpose } from "@/features/manage/api";
import forms from "@/features/manage/manage.module.css";
import { usePromptSets } from "@/features/train/api";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { changePromptSet, createPromptSet, useSetCounts, type PromptSet } from "./api";
import { PurposeSelect } from "./PurposeSelect";

const COUNTS = ["completions", "items", "judged"] as const;

/** Lists of prompts, each with one purpose. Retired ones are shown when asked for. */
export function PromptSetsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const sets = usePromptSets(projectId);
  const [params, setParams] = useSearchParams();
  const all = params.get("retired") === "shown";
  return (
    <>
      <PageHead
        title={t("prompts.sets.title")}
        lead={t("prompts.sets.lead")}
        actions={
          <>
            <Button component={Link} size="xs" variant="default" to={paths.manage(projectId, "near-duplicates")}>
              {t("prompts.near.title")}
            </Button>
            <Button component={Link} size="xs" variant="default" to={paths.manage(projectId, "templates")}>
              {t("prompts.templates.title")}
            </Button>
          </>
        }
      />
      <Awaited query={sets}>
        {(rows) => (
          <>
            {rows.some((row) => row.retired_at !== null) && (
              <Switch
                label={t("prompts.sets.showRetired")}
                checked={all}
                onChange={(event) => setParams(event.currentTarget.checked ? { retired: "shown" } : {}, { replace: true })}
              />
            )}
            <Sets projectId={projectId} rows={rows.filter((row) => all || row.retired_at === null)} />
          </>
        )}
      </Awaited>
      <Section title={t("prompts.sets.new")}>
        <NewSet projectId={projectId} />
      </Section>
    </>
  );
}

function Sets({ projectId, rows }: { projectId: string; rows: PromptSet[] }) {
  const { t, language } = useText();
  const counts = useSetCounts(projectId).data;
  if (rows.length === 0) return <Nothing>{t("prompts.sets.none")}</Nothing>;
  return (
    <TableFrame label={t("prompts.sets.title")}>
      <Table verticalSpacing="sm" horizontalSpacing="md" miw={780}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("console.name")}</Table.Th>
            <Table.Th>{t("prompts.sets.purpose")}</Table.Th>
            <Table.Th>{t("prompts.sets.prompts")}</Table.Th>
            {COUNTS.map((name) => (
              <Table.Th key={name}>{t(`prompts.sets.${name}`)}</Table.Th>
            ))}
            <Table.Th>{t("console.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((set) => (
            <Table.Tr key={set.id}>
              <Table.Td>
                <Link to={paths.manage(projectId, `prompt-sets/${set.id}`)}>{set.name}</Link>{" "}
                <span className="muted">v{set.version}</span>{" "}
                {set.retired_at !== null && <Tag>{t("prompts.retired")}</Tag>}
                {set.description && <div className={forms.small}>{set.description}</div>}
              </Table.Td>
              <Table.Td>{t(`manage.purpose.${set.purpose}`)}</Table.Td>
              <Table.Td className={forms.number}>{set.prompt_count.toLocaleString(language)}</Table.Td>
              {COUNTS.map((name) => (
                <Table.Td key={name} className={forms.number}>
                  {counts && (counts.get(set.id)?.[name] ?? 0).toLocaleString(language)}
                </Table.Td>
              ))}
              <Table.Td className={forms.number}>{formatTime(set.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function NewSet({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [purpose, setPurpose] = useState<Purpose>("reward");
  const { act, busy, error, fieldError } = useAct([["prompt-sets", projectId]]);
  const create = () =>
    act(async () => {
      const made = await createPromptSet(projectId, { name, purpose });
      if (description.trim()) await changePromptSet(made.id, { description });
      setName("");
      setDescription("");
    });
  return (
    <form
      className={forms.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className={forms.grid}>
        <TextInput
          label={t("console.name")}
          value={name}
          error={fieldError("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PurposeSelect value={purpose} error={fieldError("purpose")} onChange={setPurpose} />
      </div>
      <Textarea
        label={t("prompts.sets.description")}
        autosize
        minRows={1}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.create")}
        </Button>
      </Group>
    </form>
  );
}
