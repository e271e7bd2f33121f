import { useQuery } from "@tanstack/react-query";
import { Awaited, Facts, PageHead, Section } from "@/features/console/parts";
import { alarmName, codeOf } from "@/features/runs/alarms";
import { formatBytes, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readHealth, type Health } from "./api";
import styles from "./health.module.css";
import { Queues, Workers } from "./Programs";
import { useAge } from "./useAge";

const POLL_MS = 10_000;

/** Whether the installation does its work: first what needs a person, then the figures behind it. */
export default function HealthPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const health = useQuery({
    queryKey: ["health", projectId],
    queryFn: () => readHealth(projectId),
    refetchInterval: POLL_MS,
  });
  return (
    <>
      <PageHead title={t("health.title")} lead={t("health.lead")} />
      <Awaited query={health}>{(found) => <Figures found={found} projectId={projectId} />}</Awaited>
    </>
  );
}

function Figures({ found, projectId }: { found: Health; projectId: string }) {
  const { t } = useText();
  return (
    <>
      <Problems found={found} />
      <Section title={t("health.queues.title")}>
        <Queues queues={found.queues} />
      </Section>
      <Section title={t("health.workers.title")}>
        <Workers workers={found.workers} projectId={projectId} />
        <SchedulerLine seen={found.scheduler_seen_at} />
      </Section>
      <Section title={t("health.hands.title")}>
        <Leases found={found} />
      </Section>
      <Section title={t("health.backlog.title")}>
        <Backlog found={found} />
      </Section>
      <Section title={t("health.alarms.title")}>
        <Alarms found={found} />
      </Section>
      <Section title={t("health.storage.title")}>
        <Storage found={found} />
      </Section>
    </>
  );
}

function Problems({ found }: { found: Health }) {
  const { t, language } = useText();
  const at = t("health.at", { time: formatTime(found.at, language) });
  if (found.problems.length === 0) {
    return (
      <p className={styles.well} role="status">
        {t("health.well")} <span className={styles.at}>{at}</span>
      </p>
    );
  }
  return (
    <section className={styles.problems} role="status" aria-label={t("health.problems")}>
      <ul>
        {found.problems.map((one) => (
          <li key={one.code + one.about}>
            <strong>{t(`health.problem.${one.code}.what`, { about: one.about })}</strong>{" "}
            {t(`health.problem.${one.code}.do`)}
          </li>
        ))}
      </ul>
      <span className={styles.at}>{at}</span>
    </section>
  );
}

function SchedulerLine({ seen }: { seen: string | null }) {
  const { t, language } = useText();
  return (
    <p className={styles.small}>
      {seen ? t("health.workers.scheduler", { time: formatTime(seen, language) }) : t("health.workers.noScheduler")}
    </p>
  );
}

function Leases({ found }: { found: Health }) {
  const { t, language } = useText();
  const count = (value: number) => value.toLocaleString(language);
  const { leases } = found;
  return (
    <Facts
      rows={[
        [t("health.hands.runs"), count(leases.runs)],
        [t("health.hands.runsOverdue"), count(leases.runs_overdue)],
        [t("health.hands.slots"), count(leases.slots)],
        [t("health.hands.slotsOverdue"), count(leases.slots_overdue)],
      ]}
    />
  );
}

function Backlog({ found }: { found: Health }) {
  const { t, language } = useText();
  const age = useAge();
  const count = (value: number) => value.toLocaleString(language);
  const { backlog } = found;
  return (
    <Facts
      rows={[
        [t("health.backlog.webhooks"), count(backlog.webhook_messages)],
        [t("health.backlog.webhookAge"), age(backlog.webhook_oldest_seconds)],
        [t("health.backlog.prompts"), count(backlog.prompts_to_index)],
        [t("health.backlog.review"), count(backlog.items_to_review)],
        [t("health.backlog.blocked"), count(backlog.runs_blocked)],
        [t("health.backlog.again"), count(backlog.runs_to_try_again)],
      ]}
    />
  );
}

/** Which alarms runs raised in the last days; nothing is wrong with the installation because of them. */
function Alarms({ found }: { found: Health }) {
  const { t } = useText();
  const recent = found.alarms.filter((one) => one.runs > 0);
  if (recent.length === 0) return <p className={styles.small}>{t("health.alarms.none")}</p>;
  return (
    <Facts
      rows={recent.map((one) => [
        codeOf(one) === "other" ? one.code : alarmName(t, one),
        t("health.alarms.runs", { count: one.runs, stopped: one.stopped }),
      ])}
    />
  );
}

function Storage({ found }: { found: Health }) {
  const { t, language } = useText();
  const age = useAge();
  const size = (value: number) => formatBytes(value, language);
  const { disk, database } = found;
  const used = t("health.storage.of", { some: size(disk.total - disk.free), all: size(disk.total) });
  return (
    <>
      <div>
        <div className={styles.small}>{t("health.storage.disk")}</div>
        <meter
          className={styles.meter}
          min={0}
          max={disk.total}
          high={0.9 * disk.total}
          optimum={0}
          value={disk.total - disk.free}
          aria-label={t("health.storage.disk")}
        >
          {used}
        </meter>
        <div>{used}</div>
      </div>
      <Facts
        rows={[
          [t("health.storage.artifacts"), size(disk.artifacts)],
          [t("health.storage.uploads"), size(disk.uploads)],
          [t("health.storage.database"), size(database.bytes)],
          [
            t("health.storage.latency"),
            database.latency_ms.toLocaleString(language, {
              style: "unit",
              unit: "millisecond",
              maximumSignificantDigits: 2,
            }),
          ],
          [
            t("health.storage.connections"),
            t("health.storage.of", { some: database.connections, all: database.connections_max }),
          ],
          [t("health.storage.transaction"), age(database.longest_transaction_seconds)],
        ]}
      />
    </>
  );
}
