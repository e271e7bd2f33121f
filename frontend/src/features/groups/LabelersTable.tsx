import { Button, Table } from "@mantine/core";
import { useState } from "react";
import { Nothing, TableFrame } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import type { LabelerWork } from "./api";
import { LabelerDialog } from "./LabelerDialog";

interface Props {
  projectId: string;
  labelers: readonly LabelerWork[];
  isAdmin: boolean;
}

/** What each labeler reads, and how much they may do in 24 hours. */
export function LabelersTable({ projectId, labelers, isAdmin }: Props) {
  const { t } = useText();
  const [editing, setEditing] = useState<LabelerWork | null>(null);
  if (labelers.length === 0) return <Nothing>{t("projects.labelers.none")}</Nothing>;
  return (
    <>
      <TableFrame label={t("projects.labelers.title")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("console.name")}</Table.Th>
              <Table.Th>{t("projects.labelers.languages")}</Table.Th>
              <Table.Th>{t("projects.groups.title")}</Table.Th>
              <Table.Th>{t("projects.labelers.cap")}</Table.Th>
              {isAdmin && <Table.Th>{t("projects.work.act")}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labelers.map((one) => (
              <Table.Tr key={one.user_id}>
                <Table.Td>{one.display_name || one.username}</Table.Td>
                <Table.Td>{one.languages.join(", ") || t("projects.labelers.all")}</Table.Td>
                <Table.Td>{one.groups.map((each) => each.name).join(", ") || "–"}</Table.Td>
                <Table.Td>{one.daily_cap ?? "–"}</Table.Td>
                {isAdmin && (
                  <Table.Td>
                    <Button size="xs" variant="default" onClick={() => setEditing(one)}>
                      {t("projects.work.change")}
                    </Button>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      {editing && (
        <LabelerDialog projectId={projectId} labeler={editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}
