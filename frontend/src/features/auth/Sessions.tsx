import { Button, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Awaited, ConfirmButton, Section, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { deviceOf } from "./devices";
import { endMySession, endOtherSessions, readSessions, type Session } from "./security";

/** Where I am signed in. */
export function Sessions() {
  const { t } = useText();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: readSessions });
  const { act } = useAct([["sessions"]]);
  return (
    <Section title={t("security.sessions.title")}>
      <Awaited query={sessions}>
        {(rows) => (
          <>
            <TableFrame label={t("security.sessions.title")}>
              <Table horizontalSpacing="md" miw={560}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("security.sessions.device")}</Table.Th>
                    <Table.Th>{t("security.sessions.address")}</Table.Th>
                    <Table.Th>{t("people.lastSeen")}</Table.Th>
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Row key={row.id} row={row} onEnd={() => void act(() => endMySession(row.id))} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
            {rows.length > 1 && (
              <div>
                <ConfirmButton
                  label={t("security.sessions.endOthers")}
                  question={t("security.sessions.endOthersAsk")}
                  onConfirm={() => act(endOtherSessions)}
                />
              </div>
            )}
          </>
        )}
      </Awaited>
    </Section>
  );
}

function Row({ row, onEnd }: { row: Session; onEnd: () => void }) {
  const { t, language } = useText();
  const device = deviceOf(row.user_agent) || t("security.sessions.unknown");
  return (
    <Table.Tr>
      <Table.Td>{device}</Table.Td>
      <Table.Td>{row.address}</Table.Td>
      <Table.Td>{formatTime(row.last_seen_at, language)}</Table.Td>
      <Table.Td>
        {row.is_current ? (
          <Tag>{t("security.sessions.this")}</Tag>
        ) : (
          <Button
            size="xs"
            variant="default"
            aria-label={t("security.sessions.endOf", { device })}
            onClick={onEnd}
          >
            {t("auth.signOut")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
