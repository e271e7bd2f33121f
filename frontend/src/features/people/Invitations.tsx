import { Table } from "@mantine/core";
import { Awaited, ConfirmButton, More, Nothing, Section, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useRefresh } from "@/features/manage/useRefresh";
import { formatTime, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readInvitations, revokeInvitation, type Invitation } from "./api";

/** The links that were made, whether they still work, and taking them back. */
export function Invitations({ projectId }: { projectId: string }) {
  const { t } = useText();
  const invitations = usePages(["invitations", projectId], () => readInvitations(projectId));
  return (
    <Section title={t("people.invite.title")}>
      <Awaited query={invitations}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("people.invite.none")}</Nothing>
          ) : (
            <TableFrame label={t("people.invite.title")}>
              <Table horizontalSpacing="md" miw={640}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("people.invite.label")}</Table.Th>
                    <Table.Th>{t("manage.people.roles")}</Table.Th>
                    <Table.Th>{t("people.invite.used")}</Table.Th>
                    <Table.Th>{t("manage.tokens.expires")}</Table.Th>
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Row key={row.id} row={row} projectId={projectId} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={invitations} />
    </Section>
  );
}

function Row({ row, projectId }: { row: Invitation; projectId: string }) {
  const { t, language } = useText();
  const refresh = useRefresh([["invitations", projectId]]);
  const ended = new Date(row.expires_at).getTime() < Date.now();
  const name = row.label || row.email || t("people.invite.unnamed");
  return (
    <Table.Tr>
      <Table.Td>
        {name}
        {row.label && row.email && <div>{row.email}</div>}
      </Table.Td>
      <Table.Td>
        {listOf(row.roles.map((role) => t(`manage.role.${role}`)))}
        {row.groups.length > 0 && <div>{t("people.invite.into", { groups: listOf(row.groups) })}</div>}
      </Table.Td>
      <Table.Td>
        {t("people.invite.usedOf", { uses: row.uses, max: row.uses_max })}
      </Table.Td>
      <Table.Td>{formatTime(row.expires_at, language)}</Table.Td>
      <Table.Td>
        {row.revoked_at ? (
          <Tag>{t("people.invite.revoked")}</Tag>
        ) : ended ? (
          <Tag>{t("people.invite.ended")}</Tag>
        ) : row.uses >= row.uses_max ? (
          <Tag>{t("people.invite.usedUp")}</Tag>
        ) : (
          <ConfirmButton
            danger
            label={t("people.invite.revoke")}
            question={t("people.invite.revokeAsk", { name })}
            onConfirm={() => revokeInvitation(projectId, row.id).then(refresh)}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
