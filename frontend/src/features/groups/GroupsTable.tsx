import { Button, Checkbox, Group as Row, Stack, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import { ConfirmButton, Nothing, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { useText } from "@/lib/i18n";
import { changeGroup, createGroup, deleteGroup, type GroupRow, type LabelerWork } from "./api";

interface Props {
  projectId: string;
  groups: readonly GroupRow[];
  labelers: readonly LabelerWork[];
  isAdmin: boolean;
}

/** The groups of a project and their members. */
export function GroupsTable({ projectId, groups, labelers, isAdmin }: Props) {
  const { t } = useText();
  const [editing, setEditing] = useState<GroupRow | "new" | null>(null);
  const { act } = useAct([["groups", projectId], ["labelers", projectId], ["assignments", projectId]]);
  return (
    <Stack>
      {groups.length === 0 ? (
        <Nothing>{t("projects.groups.lead")}</Nothing>
      ) : (
        <TableFrame label={t("projects.groups.title")}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("console.name")}</Table.Th>
                <Table.Th>{t("projects.groups.members")}</Table.Th>
                {isAdmin && <Table.Th>{t("projects.work.act")}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.map((group) => (
                <Table.Tr key={group.id}>
                  <Table.Td>{group.name}</Table.Td>
                  <Table.Td>
                    {group.members.map((one) => one.display_name || one.username).join(", ") || "–"}
                  </Table.Td>
                  {isAdmin && (
                    <Table.Td>
                      <Row gap="xs">
                        <Button size="xs" variant="default" onClick={() => setEditing(group)}>
                          {t("projects.work.change")}
                        </Button>
                        <ConfirmButton
                          danger
                          label={t("projects.groups.dissolve")}
                          question={t("projects.groups.dissolveAsk", { name: group.name })}
                          onConfirm={() => deleteGroup(group.id).then(() => act(() => Promise.resolve()))}
                        />
                      </Row>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </TableFrame>
      )}
      {isAdmin && (
        <Row>
          <Button variant="default" onClick={() => setEditing("new")}>
            {t("projects.groups.add")}
          </Button>
        </Row>
      )}
      {editing && (
        <GroupDialog
          projectId={projectId}
          group={editing === "new" ? null : editing}
          labelers={labelers}
          onClose={() => setEditing(null)}
        />
      )}
    </Stack>
  );
}

interface DialogProps {
  projectId: string;
  group: GroupRow | null;
  labelers: readonly LabelerWork[];
  onClose: () => void;
}

function GroupDialog({ projectId, group, labelers, onClose }: DialogProps) {
  const { t } = useText();
  const [name, setName] = useState(group?.name ?? "");
  const [members, setMembers] = useState(() => group?.members.map((one) => one.user_id) ?? []);
  const { act, busy, error, fieldError } = useAct([
    ["groups", projectId],
    ["labelers", projectId],
    ["assignments", projectId],
  ]);
  const save = async () => {
    const body = { name, members };
    const saved = await act(() => (group ? changeGroup(group.id, body) : createGroup(projectId, body)));
    if (saved) onClose();
  };
  return (
    <FormDialog
      title={group ? group.name : t("projects.groups.add")}
      send={t("console.save")}
      opened
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void save()}
    >
      <TextInput
        label={t("console.name")}
        required
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fieldError("name")}
      />
      <Checkbox.Group label={t("projects.groups.members")} value={members} onChange={setMembers}>
        <Stack gap="xs" mt="xs">
          {labelers.map((one) => (
            <Checkbox key={one.user_id} value={one.user_id} label={one.display_name || one.username} />
          ))}
        </Stack>
      </Checkbox.Group>
    </FormDialog>
  );
}
