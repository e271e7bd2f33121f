import { Button, Group, Table } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import {
  Awaited,
  ConfirmButton,
  Failure,
  PageHead,
  Section,
  TableFrame,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { VisibleText } from "@/features/text/VisibleText";
import { ChoiceReport } from "@/features/picking/ChoiceReport";
import { ErasureNotice } from "@/features/people/ErasureNotice";
import { Alarms } from "@/features/runs/Alarms";
import { Files } from "@/features/runs/Files";
import { Log } from "@/features/runs/Log";
import { MadeWith } from "@/features/runs/MadeWith";
import { DescribeButton, Note, RunTitle } from "@/features/runs/Naming";
import { Samples } from "@/features/runs/Samples";
import { Radar } from "@/features/radar/Radar";
import { useText, type Text } from "@/lib/i18n";
import {
  cancelRun,
  isActive,
  isStartable,
  retryRun,
  useEvents,
  useMetrics,
  useRun,
  type Run,
} from "./api";
import { BestOfNCurve } from "./BestOfNCurve";
import { withoutCurve } from "./bestOfN";
import { Curves } from "./Curves";
import { eventWords } from "./eventWords";
import { IssuesTable } from "./IssuesTable";
import { Report } from "./Report";
import { RunFacts } from "./RunFacts";
import { RunSettings } from "./RunSettings";
import { RunProgress } from "./RunsPage";
import { StatusTag } from "./StatusTag";
import styles from "./train.module.css";

const REFUSED_FILES = "artifact_refused"; // the same files would be refused again

/** One run, live: progress, curves, events, the error in words, the report. */
export default function RunPage({ projectId }: { projectId: string }) {
  const { runId = "" } = useParams();
  const run = useRun(runId);
  return (
    <Awaited query={run}>{(found) => <RunView key={runId} projectId={projectId} run={found} />}</Awaited>
  );
}

function RunView({ projectId, run }: { projectId: string; run: Run }) {
  const { t } = useText();
  const { act, busy, error } = useAct([["run", run.id], ["runs", projectId]]);
  const client = useQueryClient();
  const ended = !isActive(run);
  useEffect(() => {
    if (!ended) return; // what it made is on the lists now
    void client.invalidateQueries({ queryKey: ["versions", projectId] });
    void client.invalidateQueries({ queryKey: ["snapshots", projectId] });
  }, [client, ended, projectId]);
  const isTraining = !["import", "export"].includes(run.kind);
  return (
    <>
      <PageHead
        title={
          <Group gap="sm" component="span">
            <span>
              <RunTitle run={run} />
            </span>{" "}
            <StatusTag run={run} />
          </Group>
        }
        actions={
          <>
            {isActive(run) && !run.cancel_requested && (
              <CancelButton run={run} onConfirm={() => act(() => cancelRun(run.id))} />
            )}
            {(run.status === "failed" || run.status === "cancelled") &&
              (run.error_code === REFUSED_FILES ? (
                <Button size="xs" component={Link} to={paths.train(projectId, "versions")}>
                  {t("train.runs.importAnew")}
                </Button>
              ) : (
                <Button size="xs" loading={busy} onClick={() => void act(() => retryRun(run.id))}>
                  {t("train.runs.retry")}
                </Button>
              ))}
            <DescribeButton projectId={projectId} run={run} />
            {isStartable(run.kind) && (
              <Button
                size="xs"
                variant="default"
                component={Link}
                to={paths.train(projectId, `runs/new?kind=${run.kind}&from=${run.id}`)}
              >
                {t("runs.clone")}
              </Button>
            )}
          </>
        }
      />
      <ErasureNotice projectId={projectId} about={run.id} />
      <Failure error={error} />
      {run.status === "failed" && (
        <div className={styles.error} role="alert">
          <strong>{t("train.runs.whyFailed")}</strong>
          <pre>{run.error_message || run.error_code}</pre>
        </div>
      )}
      <Note run={run} />
      <Alarms run={run} />
      <RunProgress run={run} />
      <RunFacts projectId={projectId} run={run} />
      {isTraining && <RunCurves run={run} />}
      {isTraining && <Samples run={run} />}
      <Radar projectId={projectId} run={run} />
      {run.kind === "import" && <IssuesTable runId={run.id} active={isActive(run)} />}
      {run.kind === "pick" && <ChoiceReport report={run.report} />}
      <BestOfNCurve report={run.report} />
      <Report report={withoutCurve(run.report)} />
      <Files run={run} />
      <RunEvents run={run} />
      {isTraining && <Log run={run} />}
      <MadeWith projectId={projectId} run={run} />
      <RunSettings run={run} />
    </>
  );
}

/** Cancelling a run; one that only waits has no checkpoint to stop at. */
export function CancelButton({ run, onConfirm }: { run: Pick<Run, "status">; onConfirm: () => Promise<unknown> }) {
  const { t } = useText();
  const isWaiting = run.status !== "running";
  return (
    <ConfirmButton
      label={t("train.runs.cancel")}
      question={t(isWaiting ? "train.runs.cancelWaiting" : "train.runs.cancelQuestion")}
      keep={t(isWaiting ? "train.runs.keepWaiting" : "train.runs.keepRunning")}
      onConfirm={onConfirm}
    />
  );
}

function RunCurves({ run }: { run: Run }) {
  const { t } = useText();
  const metrics = useMetrics(useQueryClient(), run.id, isActive(run));
  const rows = metrics.data?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title={t("train.runs.curves")}>
      <p className="muted">{t("train.runs.curvesAcross")}</p>
      <Curves rows={rows} />
    </Section>
  );
}

const EVENTS_SHOWN = 100;
const EVENTS = [
  ...(["created", "queued", "claimed", "interrupted", "succeeded", "failed", "cancelled"] as const),
  ...(["cancel_requested", "retried", "priority_changed", "warning", "checkpoint", "sample", "alarm"] as const),
  ...(["trainer_started", "trainer_finished", "trainer_interrupted", "trainer_failed"] as const),
];

/** Trainers may speak of things that this page does not know yet. */
function eventName(type: string, t: Text): string {
  const known = EVENTS.find((each) => each === type);
  return known ? t(`train.event.${known}`) : type;
}

function RunEvents({ run }: { run: Run }) {
  const { t, language } = useText();
  const events = useEvents(useQueryClient(), run.id, isActive(run));
  const rows = (events.data?.rows ?? []).filter((event) => event.type !== "sample").slice(-EVENTS_SHOWN).reverse();
  if (rows.length === 0) return null;
  return (
    <Section title={t("train.runs.events")}>
      <TableFrame label={t("train.runs.events")}>
        <Table className={styles.report} horizontalSpacing="md">
          <Table.Tbody>
            {rows.map((event) => (
              <Table.Tr key={event.id}>
                <Table.Td className={styles.number}>{formatTime(event.at, language)}</Table.Td>
                <Table.Td className={styles.number}>{eventName(event.type, t)}</Table.Td>
                <Table.Td>
                  <VisibleText text={eventWords(event.payload, t, language)} most={4_000} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
