import { Button, Group, Select, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import {
  Awaited,
  Failure,
  Nothing,
  PageHead,
  Section,
  TableFrame,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePromptSets } from "@/features/train/api";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { createPromptSet, PURPOSES, type Purpose } from "./api";
import styles from "./manage.module.css";

/** Lists of prompts, each with one purpose. */
export function PromptSetsPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const sets = usePromptSets(projectId);
  return (
    <>
      <PageHead title={t("manage.sets.title")} lead={t("manage.sets.lead")} />
      <Awaited query={sets}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("manage.sets.none")}</Nothing>
          ) : (
            <TableFrame label={t("manage.sets.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md" miw={600}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("console.name")}</Table.Th>
                    <Table.Th>{t("manage.sets.purpose")}</Table.Th>
                    <Table.Th>{t("manage.sets.language")}</Table.Th>
                    <Table.Th>{t("manage.sets.prompts")}</Table.Th>
                    <Table.Th>{t("console.created")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((set) => (
                    <Table.Tr key={set.id}>
                      <Table.Td>
                        <Link to={paths.manage(projectId, `prompt-sets/${set.id}`)}>{set.name}</Link>{" "}
                        <span className="muted">v{set.version}</span>
                      </Table.Td>
                      <Table.Td>{t(`manage.purpose.${set.purpose}`)}</Table.Td>
                      <Table.Td>{set.language}</Table.Td>
                      <Table.Td className={styles.number}>{set.prompt_count.toLocaleString(language)}</Table.Td>
                      <Table.Td className={styles.number}>{formatTime(set.created_at, language)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <Section title={t("manage.sets.new")}>
        <NewSet projectId={projectId} />
      </Section>
    </>
  );
}

function NewSet({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState<Purpose>("reward");
  const { act, busy, error, fieldError } = useAct([["prompt-sets", projectId]]);
  const create = async () => {
    if (await act(() => createPromptSet(projectId, { name, purpose }))) setName("");
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className={styles.grid}>
        <TextInput
          label={t("console.name")}
          value={name}
          error={fieldError("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PurposeSelect value={purpose} onChange={setPurpose} />
      </div>
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.create")}
        </Button>
      </Group>
    </form>
  );
}

interface PurposeProps {
  value: Purpose;
  onChange: (purpose: Purpose) => void;
}

export function PurposeSelect({ value, onChange }: PurposeProps) {
  const { t } = useText();
  return (
    <Select
      label={t("manage.sets.purpose")}
      data={PURPOSES.map((purpose) => ({ value: purpose, label: t(`manage.purpose.${purpose}`) }))}
      value={value}
      allowDeselect={false}
      onChange={(choice) => onChange(PURPOSES.find((each) => each === choice) ?? "reward")}
    />
  );
}
