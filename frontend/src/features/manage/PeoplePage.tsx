import { Button, Group, Table } from "@mantine/core";
import { useState } from "react";
import { useMe } from "@/features/auth/session";
import { Awaited, ConfirmButton, More, PageHead, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { useText } from "@/lib/i18n";
import { AddPerson } from "./AddPerson";
import { changeRoles, readMembers, removeMember, type Member, type Role } from "./api";
import { FormDialog } from "./FormDialog";
import styles from "./manage.module.css";
import { RoleBoxes } from "./RoleBoxes";
import { useRefresh } from "./useRefresh";

/** Who works in the project, and as what. */
export function PeoplePage({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const members = usePages(["members", projectId], () => readMembers(projectId));
  return (
    <>
      <PageHead
        title={t("manage.people.title")}
        lead={t("manage.people.lead")}
        actions={isAdmin && <AddPerson projectId={projectId} />}
      />
      <Awaited query={members}>
        {(rows) => (
          <TableFrame label={t("manage.people.title")}>
            <Table horizontalSpacing="md" miw={480}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("manage.people.person")}</Table.Th>
                  <Table.Th>{t("manage.people.roles")}</Table.Th>
                  {isAdmin && (
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((member) => (
                  <MemberRow
                    key={member.user_id}
                    member={member}
                    projectId={projectId}
                    isAdmin={isAdmin}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        )}
      </Awaited>
      <More query={members} />
    </>
  );
}

interface RowProps {
  member: Member;
  projectId: string;
  isAdmin: boolean;
}

function MemberRow({ member, projectId, isAdmin }: RowProps) {
  const { t } = useText();
  const me = useMe();
  const refresh = useRefresh([["members", projectId], ["overview", projectId]]);
  const name = member.display_name || member.username;
  return (
    <Table.Tr>
      <Table.Td>
        {name}
        {name !== member.username && <div className={styles.small}>{member.username}</div>}
        {member.email && <div className={styles.small}>{member.email}</div>}
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          {member.roles.map((role) => (
            <Tag key={role}>{t(`manage.role.${role}`)}</Tag>
          ))}
        </Group>
      </Table.Td>
      {isAdmin && (
        <Table.Td>
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <ChangeRoles member={member} projectId={projectId} />
            {member.user_id !== me.id && (
              <ConfirmButton
                danger
                label={t("manage.people.remove")}
                question={t("manage.people.removeQuestion", { name })}
                onConfirm={() => removeMember(projectId, member.user_id).then(refresh)}
              />
            )}
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function ChangeRoles({ member, projectId }: { member: Member; projectId: string }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [roles, setRoles] = useState<Role[]>(member.roles);
  const { act, busy, error, fieldError } = useAct([["members", projectId], ["me"]]);
  const send = async () => {
    if (await act(() => changeRoles(projectId, member.user_id, roles))) setOpened(false);
  };
  const name = member.display_name || member.username;
  const open = () => {
    setRoles(member.roles);
    setOpened(true);
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        aria-label={t("manage.people.rolesOf", { name })}
        onClick={open}
      >
        {t("manage.people.roles")}
      </Button>
      <FormDialog
        title={t("manage.people.rolesOf", { name })}
        send={t("console.save")}
        opened={opened}
        busy={busy}
        error={error}
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <RoleBoxes value={roles} onChange={setRoles} error={fieldError("roles")} />
      </FormDialog>
    </>
  );
}
