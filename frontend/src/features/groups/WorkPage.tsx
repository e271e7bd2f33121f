import { Button, Group as Row, Stack, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Awaited, Nothing, PageHead, Section, TableFrame, Tag } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { readAssignments, readGroups, readLabelers, readProjectProgress, type AssignmentRow } from "./api";
import { ChangeWork } from "./ChangeWork";
import { GroupsTable } from "./GroupsTable";
import { LabelersTable } from "./LabelersTable";
import { ProgressCard } from "./ProgressCard";

/** Who labels what: how far the project is, its work by prompt set and group, and who may do it. */
export function WorkPage({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const progress = useQuery({
    queryKey: ["project-progress", projectId],
    queryFn: () => readProjectProgress(projectId),
  });
  const work = useQuery({
    queryKey: ["assignments", projectId],
    queryFn: () => readAssignments(projectId),
  });
  const groups = useQuery({ queryKey: ["groups", projectId], queryFn: () => readGroups(projectId) });
  const labelers = useQuery({
    queryKey: ["labelers", projectId],
    queryFn: () => readLabelers(projectId),
  });
  return (
    <>
      <PageHead title={t("projects.work.title")} lead={t("projects.work.lead")} />
      <Stack gap="xl">
        <Awaited query={progress}>{(found) => <ProgressCard progress={found} />}</Awaited>
        <Section title={t("projects.work.open")}>
          <Awaited query={work}>
            {(rows) => <WorkTable projectId={projectId} rows={rows} isAdmin={isAdmin} />}
          </Awaited>
        </Section>
        <Section title={t("projects.groups.title")}>
          <Awaited query={groups}>
            {(rows) => (
              <GroupsTable
                projectId={projectId}
                groups={rows}
                labelers={labelers.data ?? []}
                isAdmin={isAdmin}
              />
            )}
          </Awaited>
        </Section>
        <Section title={t("projects.labelers.title")}>
          <Awaited query={labelers}>
            {(rows) => <LabelersTable projectId={projectId} labelers={rows} isAdmin={isAdmin} />}
          </Awaited>
        </Section>
      </Stack>
    </>
  );
}

interface TableProps {
  projectId: string;
  rows: readonly AssignmentRow[];
  isAdmin: boolean;
}

function WorkTable({ projectId, rows, isAdmin }: TableProps) {
  const { t, language } = useText();
  const [chosen, setChosen] = useState<AssignmentRow | null>(null);
  if (rows.length === 0) return <Nothing>{t("projects.work.none")}</Nothing>;
  const range = ([low, high]: readonly number[]) => (low === high ? `${low}` : `${low}–${high}`);
  return (
    <>
      <TableFrame label={t("projects.work.open")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("projects.work.set")}</Table.Th>
              <Table.Th>{t("projects.work.language")}</Table.Th>
              <Table.Th>{t("projects.work.for")}</Table.Th>
              <Table.Th>{t("projects.work.waiting")}</Table.Th>
              <Table.Th>{t("projects.work.leased")}</Table.Th>
              <Table.Th>{t("projects.work.done")}</Table.Th>
              <Table.Th>{t("projects.work.eligible")}</Table.Th>
              <Table.Th>{t("projects.work.priority")}</Table.Th>
              <Table.Th>{t("projects.work.needed")}</Table.Th>
              {isAdmin && <Table.Th>{t("projects.work.act")}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={[row.prompt_set.id, row.language, ...row.groups.map((one) => one.id)].join()}>
                <Table.Td>
                  {row.prompt_set.name}
                  {row.warning && (
                    <Row gap="xs">
                      <Tag tone="bad">
                        {t(`projects.work.warning.${row.warning}`, {
                          count: row.items,
                          language: row.language,
                        })}
                      </Tag>
                    </Row>
                  )}
                </Table.Td>
                <Table.Td>{row.language}</Table.Td>
                <Table.Td>
                  {row.groups.map((one) => one.name).join(", ") || t("projects.work.everybody")}
                </Table.Td>
                <Table.Td>{row.open.toLocaleString(language)}</Table.Td>
                <Table.Td>{row.leased.toLocaleString(language)}</Table.Td>
                <Table.Td>{row.done.toLocaleString(language)}</Table.Td>
                <Table.Td>{row.eligible.toLocaleString(language)}</Table.Td>
                <Table.Td>{range(row.priority)}</Table.Td>
                <Table.Td>{range(row.needed)}</Table.Td>
                {isAdmin && (
                  <Table.Td>
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={t("projects.work.changeOf", { name: row.prompt_set.name })}
                      onClick={() => setChosen(row)}
                    >
                      {t("projects.work.change")}
                    </Button>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      {chosen && <ChangeWork projectId={projectId} row={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}
