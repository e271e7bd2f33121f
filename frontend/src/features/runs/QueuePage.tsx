import { ActionIcon, Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, Nothing, PageHead, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readQueue, setPriority, type Waiting } from "./api";
import { RunTitle } from "./Naming";
import { HIGHEST, levelOf } from "./priorities";
import styles from "./runs.module.css";

const POLL_MS = 5_000;

/** The project's runs that wait for a worker, in the order in which they will be taken. */
export function QueuePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const queue = useQuery({
    queryKey: ["run-queue", projectId],
    queryFn: () => readQueue(projectId),
    refetchInterval: POLL_MS,
  });
  return (
    <>
      <PageHead
        title={t("runs.queue.title")}
        lead={t("runs.queue.lead")}
        actions={<Link to={paths.train(projectId, "runs")}>{t("runs.compare.backToList")}</Link>}
      />
      <Awaited query={queue}>
        {({ results }) =>
          results.length === 0 ? (
            <Nothing>{t("runs.queue.none")}</Nothing>
          ) : (
            <QueueTable projectId={projectId} rows={results} />
          )
        }
      </Awaited>
    </>
  );
}

function QueueTable({ projectId, rows }: { projectId: string; rows: readonly Waiting[] }) {
  const { t, language } = useText();
  const { act, busy, error } = useAct([["run-queue", projectId]]);
  const move = (row: Waiting, by: number) => () => void act(() => setPriority(row.run.id, row.run.priority + by));
  return (
    <>
      <Failure error={error} />
      <TableFrame label={t("runs.queue.title")}>
        <Table verticalSpacing="sm" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th title={t("runs.queue.placeHint")}>{t("runs.queue.place")}</Table.Th>
              <Table.Th>{t("train.runs.run")}</Table.Th>
              <Table.Th>{t("runs.queue.priority")}</Table.Th>
              <Table.Th>{t("hosts.queue.because")}</Table.Th>
              <Table.Th>{t("train.runs.by")}</Table.Th>
              <Table.Th>{t("train.runs.created")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.run.id}>
                <Table.Td>{row.place ?? "–"}</Table.Td>
                <Table.Td>
                  <Link to={paths.run(projectId, row.run.id)}>
                    <RunTitle run={row.run} />
                  </Link>
                </Table.Td>
                <Table.Td>
                  <Group gap={6} wrap="nowrap">
                    <ActionIcon
                      variant="default"
                      aria-label={t("runs.queue.raise", { number: row.run.number })}
                      disabled={busy || isTaken(row) || row.run.priority >= HIGHEST}
                      onClick={move(row, 1)}
                    >
                      ↑
                    </ActionIcon>
                    <ActionIcon
                      variant="default"
                      aria-label={t("runs.queue.lower", { number: row.run.number })}
                      disabled={busy || isTaken(row) || row.run.priority <= -HIGHEST}
                      onClick={move(row, -1)}
                    >
                      ↓
                    </ActionIcon>
                    <span className={styles.number}>{t(`runs.queue.level.${levelOf(row.run.priority)}`)}</span>
                  </Group>
                </Table.Td>
                <Table.Td>
                  <Because row={row} />
                </Table.Td>
                <Table.Td>{row.run.requested_by?.display_name || row.run.requested_by?.username || t("train.runs.itself")}</Table.Td>
                <Table.Td className={styles.number}>{formatTime(row.run.created_at, language)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </>
  );
}

/** Whether a worker has it already, so that no place in the line matters any more. */
function isTaken({ run }: Waiting): boolean {
  return run.status === "running";
}

/** What a run waits for. */
function Because({ row }: { row: Waiting }) {
  const { t, language } = useText();
  const { needs, launch, progress_done: there, next_try_at: next } = row.run;
  const needed = launch?.machines ?? 1;
  if (row.waits_because === "pause") return t("hosts.queue.pause", { time: formatTime(next, language) });
  if (row.waits_because === "gather") return t("hosts.queue.gather", { there, needed });
  const name = needs ? t(`hosts.class.${needs}`) : "";
  const words = t(`hosts.queue.${row.waits_because}`, { name, count: row.workers ?? 0, needed });
  if (row.waits_because !== "turn" && row.waits_because !== "unknown") return <Tag tone="bad">{words}</Tag>;
  return needs ? `${words} · ${name}` : words;
}
