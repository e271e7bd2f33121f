import { Table } from "@mantine/core";
import { Link } from "react-router";
import { Nothing, TableFrame, Tag } from "@/features/console/parts";
import { paths } from "@/config/paths";
import { formatTime, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import type { Health, HealthWorker } from "./api";
import styles from "./health.module.css";
import { useAge } from "./useAge";

/** What waits, and who would take it. */
export function Queues({ queues }: { queues: Health["queues"] }) {
  const { t, language } = useText();
  const age = useAge();
  const classes = (of: Health["queues"][number]["workers_of_class"]) =>
    listOf((["cpu", "gpu"] as const).filter((each) => of[each] > 0).map((each) => `${t(`hosts.class.${each}`)} ${of[each]}`));
  return (
    <TableFrame label={t("health.queues.title")}>
      <Table horizontalSpacing="md" verticalSpacing="sm" miw={520}>
        <Table.Thead>
          <Table.Tr>
            {(["queue", "workers", "due", "oldest", "messages"] as const).map((column) => (
              <Table.Th key={column}>{t(`health.queues.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queues.map((queue) => (
            <Table.Tr key={queue.name}>
              <Table.Td>
                <code>{queue.name}</code>
                <div className={styles.small}>{t(`health.queues.for.${queue.name as "short"}`)}</div>
              </Table.Td>
              <Table.Td>
                {queue.workers > 0 ? queue.workers : <Tag tone="bad">{t("health.queues.nobody")}</Tag>}
                {queue.workers > 0 && <div className={styles.small}>{classes(queue.workers_of_class)}</div>}
              </Table.Td>
              <Table.Td>{queue.runs_due.toLocaleString(language)}</Table.Td>
              <Table.Td>{age(queue.oldest_seconds)}</Table.Td>
              <Table.Td>{queue.messages?.toLocaleString(language) ?? "–"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

/** Who is there and what each is at. */
export function Workers({ workers, projectId }: { workers: readonly HealthWorker[]; projectId: string }) {
  const { t, language } = useText();
  if (workers.length === 0) return <Nothing>{t("health.workers.none")}</Nothing>;
  return (
    <TableFrame label={t("health.workers.title")}>
      <Table horizontalSpacing="md" verticalSpacing="sm" miw={620}>
        <Table.Thead>
          <Table.Tr>
            {(["name", "queues", "started", "seen", "runs"] as const).map((column) => (
              <Table.Th key={column}>{t(`health.workers.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map((worker) => (
            <Table.Tr key={worker.name}>
              <Table.Td className={styles.name}>
                {worker.name}
                {worker.hardware && (
                  <div className={styles.small}>{t(`hosts.class.${worker.hardware as "cpu"}`)}</div>
                )}
              </Table.Td>
              <Table.Td>{listOf(worker.queues) || "–"}</Table.Td>
              <Table.Td>{worker.started_at ? formatTime(worker.started_at, language) : "–"}</Table.Td>
              <Table.Td>
                {worker.seen_at ? (
                  formatTime(worker.seen_at, language)
                ) : (
                  <Tag tone="bad">{t("health.workers.silent")}</Tag>
                )}
              </Table.Td>
              <Table.Td>
                <RunsOf worker={worker} projectId={projectId} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function RunsOf({ worker, projectId }: { worker: HealthWorker; projectId: string }) {
  const { t } = useText();
  if (worker.runs.length === 0) return t("health.workers.idle");
  return worker.runs.map((run, at) => {
    const kind = t(`train.kind.${run.kind}.name`);
    return (
      <div key={run.id ?? at}>
        {run.id ? (
          <Link to={paths.run(projectId, run.id)}>
            {run.number} · {kind}
          </Link>
        ) : (
          t("health.workers.elsewhere", { kind })
        )}
      </div>
    );
  });
}
