import { Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, PageHead, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { readLabelers } from "@/features/groups/api";
import { AddPerson } from "@/features/manage/AddPerson";
import { readMembers, type Member } from "@/features/manage/api";
import styles from "@/features/manage/manage.module.css";
import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Invitations } from "./Invitations";
import { Invite } from "./Invite";
import { MemberActs } from "./MemberActs";

/** Who works in the project, and as what; and the links by which others may join. */
export function PeoplePage({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const members = usePages(["members", projectId], () => readMembers(projectId));
  return (
    <>
      <PageHead
        title={t("manage.people.title")}
        lead={t("manage.people.lead")}
        actions={
          isAdmin && (
            <>
              <AddPerson projectId={projectId} />
              <Invite projectId={projectId} />
            </>
          )
        }
      />
      <Awaited query={members}>
        {(rows) => <Members rows={rows} projectId={projectId} isAdmin={isAdmin} />}
      </Awaited>
      <More query={members} />
      {isAdmin && <Invitations projectId={projectId} />}
    </>
  );
}

interface Props {
  rows: readonly Member[];
  projectId: string;
  isAdmin: boolean;
}

function Members({ rows, projectId, isAdmin }: Props) {
  const { t } = useText();
  const labelers = useQuery({ queryKey: ["labelers", projectId], queryFn: () => readLabelers(projectId) });
  const workOf = new Map((labelers.data ?? []).map((one) => [one.user_id, one]));
  return (
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
            <Table.Tr key={member.user_id}>
              <Table.Td>
                <Name member={member} projectId={projectId} />
              </Table.Td>
              <Table.Td>
                <Standing member={member} />
                <div className={styles.small}>
                  {listOf(workOf.get(member.user_id)?.groups.map((one) => one.name) ?? [])}
                </div>
              </Table.Td>
              {isAdmin && (
                <Table.Td>
                  <MemberActs member={member} projectId={projectId} work={workOf.get(member.user_id)} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function Name({ member, projectId }: { member: Member; projectId: string }) {
  const name = member.display_name || member.username;
  return (
    <>
      <Link to={paths.manage(projectId, `people/${member.user_id}`)}>{name}</Link>
      {name !== member.username && <div className={styles.small}>{member.username}</div>}
      {member.email && <div className={styles.small}>{member.email}</div>}
    </>
  );
}

/** The roles, and what keeps them from counting. */
export function Standing({ member }: { member: Member }) {
  const { t } = useText();
  return (
    <Group gap={6}>
      {member.roles.map((role) => (
        <Tag key={role}>{t(`manage.role.${role}`)}</Tag>
      ))}
      {member.suspended_at && <Tag tone="busy">{t("people.suspended")}</Tag>}
      {!member.is_active && <Tag tone="bad">{t("people.closed")}</Tag>}
      {member.has_second_factor && <Tag tone="good">{t("people.factor")}</Tag>}
    </Group>
  );
}
