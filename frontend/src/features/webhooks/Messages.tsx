import { Button, Table } from "@mantine/core";
import type { QueryKey } from "@tanstack/react-query";
import { Awaited, More, Nothing, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import styles from "@/features/manage/manage.module.css";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import { readMessages, sendAgain, type Message } from "./api";

const TONES = { waiting: "busy", delivered: "good", dead: "bad" } as const;

/** What was sent to an address or waits for it, newest first. */
export function Messages({ webhookId, queryKey }: { webhookId: string; queryKey: QueryKey }) {
  const { t } = useText();
  const messages = usePages(queryKey, () => readMessages(webhookId), 5_000);
  return (
    <>
      <Awaited query={messages}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("webhooks.noMessages")}</Nothing>
          ) : (
            <TableFrame label={t("webhooks.log")}>
              <Table horizontalSpacing="md" miw={620}>
                <Table.Thead>
                  <Table.Tr>
                    {["event", "state", "answer", "at"].map((name) => (
                      <Table.Th key={name}>{t(`webhooks.column.${name}` as TextKey)}</Table.Th>
                    ))}
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Row key={row.id} webhookId={webhookId} message={row} queryKey={queryKey} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={messages} />
    </>
  );
}

interface RowProps {
  webhookId: string;
  message: Message;
  queryKey: QueryKey;
}

function Row({ webhookId, message, queryKey }: RowProps) {
  const { t, language } = useText();
  const { act, busy } = useAct([queryKey]);
  const last = message.tries[0];
  const answer = last && [last.status ?? last.error, `${last.duration_ms} ms`].join(" · ");
  const state = message.state ?? "waiting";
  return (
    <Table.Tr>
      <Table.Td>
        <code>{message.event}</code>
        <div className={styles.small}>msg_{message.id}</div>
      </Table.Td>
      <Table.Td>
        <Tag tone={TONES[state]}>{t(`webhooks.message.${state}`)}</Tag>
      </Table.Td>
      <Table.Td>{answer ?? "–"}</Table.Td>
      <Table.Td className={styles.stay}>{formatTime(message.created_at, language)}</Table.Td>
      <Table.Td>
        <Button
          size="xs"
          variant="default"
          loading={busy}
          onClick={() => void act(() => sendAgain(webhookId, message.id))}
        >
          {t("webhooks.again")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
