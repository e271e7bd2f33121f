import { Button, Checkbox, Group, Progress, Select, Table, Text, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, PageHead, TableFrame } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { AlarmTag } from "@/features/runs/Alarms";
import { MOST_COMPARED } from "@/features/runs/marks";
import { RunTitle } from "@/features/runs/Naming";
import { formatDuration, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readRuns, RUN_KINDS, RUN_STATUSES, type Run, type RunFilter } from "./api";
import { phaseName } from "./phases";
import { firstSight, look, remaining, UNSEEN } from "./remaining";
import { StatusTag } from "./StatusTag";
import styles from "./train.module.css";

const REFRESH_MS = 5_000;

/** All runs of a project, newest first. The filter lives in the address. */
export function RunsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const filter: RunFilter = {
    kind: RUN_KINDS.find((kind) => kind === search.get("kind")),
    status: RUN_STATUSES.find((status) => status === search.get("status")),
    name: search.get("name") ?? undefined,
  };
  const runs = usePages(
    ["runs", projectId, filter],
    () => readRuns(projectId, filter),
    REFRESH_MS,
  );
  const choose = (name: keyof RunFilter) => (value: string | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <PageHead
        title={t("train.runs.title")}
        lead={t("train.runs.lead")}
        actions={
          <>
            <CompareButton projectId={projectId} chosen={chosen} />
            <Button component={Link} variant="default" to={paths.train(projectId, "runs/queue")}>
              {t("runs.queue.open")}
            </Button>
            <Button component={Link} to={paths.train(projectId, "runs/new")}>
              {t("train.runs.new")}
            </Button>
          </>
        }
      />
      <Group gap="sm">
        <Select
          aria-label={t("train.runs.kind")}
          placeholder={t("train.runs.anyKind")}
          data={RUN_KINDS.map((kind) => ({ value: kind, label: t(`train.kind.${kind}.name`) }))}
          value={filter.kind ?? null}
          onChange={choose("kind")}
          clearable
        />
        <Select
          aria-label={t("train.runs.status")}
          placeholder={t("train.runs.anyStatus")}
          data={RUN_STATUSES.map((status) => ({ value: status, label: t(`train.status.${status}`) }))}
          value={filter.status ?? null}
          onChange={choose("status")}
          clearable
        />
        <NameField name={filter.name ?? ""} onChoose={choose("name")} />
      </Group>
      <Awaited query={runs}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("train.runs.none")}</Nothing>
          ) : (
            <RunTable projectId={projectId} runs={rows} chosen={chosen} onChoose={setChosen} />
          )
        }
      </Awaited>
      <More query={runs} />
    </>
  );
}

/** Runs with this in their name only; it takes hold on Enter or when the field is left. */
function NameField({ name, onChoose }: { name: string; onChoose: (name: string | null) => void }) {
  const { t } = useText();
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  const take = () => {
    if (text.trim() !== name) onChoose(text.trim() || null);
  };
  return (
    <TextInput
      aria-label={t("runs.naming.holds")}
      placeholder={t("runs.naming.holds")}
      value={text}
      maxLength={80}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) take();
      }}
    />
  );
}

/** Names what it needs until there is enough chosen. */
function CompareButton({ projectId, chosen }: { projectId: string; chosen: readonly string[] }) {
  const { t } = useText();
  if (chosen.length < 2) {
    return (
      <Button variant="default" disabled title={t("runs.compare.few")}>
        {t("runs.compare.open")}
      </Button>
    );
  }
  return (
    <Button component={Link} variant="default" to={paths.train(projectId, `runs/compare?runs=${chosen.join(",")}`)}>
      {t("runs.compare.openCount", { count: chosen.length })}
    </Button>
  );
}

interface TableProps {
  projectId: string;
  runs: Run[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
}

function RunTable({ projectId, runs, chosen, onChoose }: TableProps) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("train.runs.title")}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Td miw={0} />
            <Table.Th>{t("train.runs.run")}</Table.Th>
            <Table.Th>{t("train.runs.status")}</Table.Th>
            <Table.Th>{t("train.runs.progress")}</Table.Th>
            <Table.Th>{t("train.runs.by")}</Table.Th>
            <Table.Th>{t("train.runs.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <Checkbox
                  aria-label={t("runs.compare.pick", { number: run.number })}
                  checked={chosen.includes(run.id)}
                  disabled={!chosen.includes(run.id) && chosen.length >= MOST_COMPARED}
                  onChange={({ currentTarget: { checked } }) =>
                    onChoose(checked ? [...chosen, run.id] : chosen.filter((id) => id !== run.id))
                  }
                />
              </Table.Td>
              <Table.Td className={styles.number}>
                <Link to={paths.run(projectId, run.id)}>
                  <RunTitle run={run} />
                </Link>
              </Table.Td>
              <Table.Td>
                <Group gap={6}>
                  <StatusTag run={run} />
                  <AlarmTag run={run} />
                </Group>
              </Table.Td>
              <Table.Td>
                <RunProgress run={run} />
              </Table.Td>
              <Table.Td>{run.requested_by?.display_name || run.requested_by?.username || t("train.runs.itself")}</Table.Td>
              <Table.Td className={styles.number}>{formatTime(run.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

export function RunProgress({ run }: { run: Run }) {
  const { t, language } = useText();
  const left = useRemaining(run);
  if (!run.progress_total || run.status === "succeeded") return null; // the last part may not have told its end
  const share = Math.min(100, (100 * run.progress_done) / run.progress_total);
  return (
    <>
      <Progress value={share} size="sm" miw={140} aria-label={t("train.runs.progress")} />
      <Text size="sm" c="dimmed" className={styles.number}>
        {run.progress_done.toLocaleString(language)} / {run.progress_total.toLocaleString(language)}
        {run.phase && ` · ${phaseName(run.phase, t)}`}
        {left !== null && ` · ${t("train.runs.left", { time: formatDuration(left, language) })}`}
      </Text>
    </>
  );
}

/** Milliseconds that the phase at hand will still take, once the page has looked on for a while. */
function useRemaining(run: Run): number | null {
  const seen = useRef(UNSEEN);
  const now = { phase: run.phase, done: run.progress_done, total: run.progress_total ?? 0, at: Date.now() };
  const watched = run.status === "running" ? look(seen.current, now) : UNSEEN; // a pause is no part of how fast it goes
  useEffect(() => {
    seen.current = watched;
  });
  return remaining(firstSight(watched, now), now);
}
