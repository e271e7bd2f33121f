import { Button, Group, SegmentedControl, Stack, Table, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { OpenModal } from "@/features/console/OpenModal";
import { Awaited, Failure, Nothing, Section, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { decideAlarm, readAlarms, type Alarm, type AlarmState, type Body } from "./api";
import { evidenceWords } from "./evidence";
import { judgments } from "./links";
import styles from "./quality.module.css";
import { useFigures } from "./words";

const STATES: readonly AlarmState[] = ["new", "acknowledged", "resolved"];

interface AlarmsProps {
  projectId: string;
  body: Body;
  canDecide: boolean;
}

/** Alarms to deal with, and always beside them how many a clean campaign would raise. */
export function AlarmsSection({ projectId, body, canDecide }: AlarmsProps) {
  const figures = useFigures();
  const { t } = figures;
  const [query, setQuery] = useSearchParams();
  const asked = query.get("alarms");
  const state = STATES.find((each) => each === asked) ?? "new";
  const alarms = useQuery({
    queryKey: ["quality-alarms", projectId, state],
    queryFn: () => readAlarms(projectId, state),
  });
  return (
    <div id="alarms">
      <Section title={t("quality.alarms.title")}>
        <p className={styles.small}>{t("quality.alarms.lead")}</p>
        <Rates body={body} />
        <SegmentedControl
          aria-label={t("quality.alarms.title")}
          value={state}
          onChange={(value) => setQuery({ alarms: value }, { replace: true })}
          data={STATES.map((value) => ({ value, label: t(`quality.alarms.states.${value}`) }))}
        />
        <Awaited query={alarms}>
          {(found) =>
            found.results.length === 0 ? (
              <Nothing>{t("quality.alarms.none")}</Nothing>
            ) : (
              <ul className={styles.alarms}>
                {found.results.map((alarm) => (
                  <OneAlarm key={alarm.id} alarm={alarm} projectId={projectId} canDecide={canDecide} />
                ))}
              </ul>
            )
          }
        </Awaited>
      </Section>
    </div>
  );
}

function Rates({ body }: { body: Body }) {
  const { t, count, number } = useFigures();
  return (
    <TableFrame label={t("quality.alarms.rates")}>
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            {(["rule", "flagged", "expected", "tested"] as const).map((column) => (
              <Table.Th key={column}>{t(`quality.alarms.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {body.rules.map((rule) => (
            <Table.Tr key={rule.rule}>
              <Table.Td>{t(`quality.alarms.rules.${rule.rule}`)}</Table.Td>
              <Table.Td className={styles.number}>{count(rule.flagged)}</Table.Td>
              <Table.Td className={styles.number}>{number(rule.expected, 1)}</Table.Td>
              <Table.Td className={styles.number}>{count(rule.tested)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

interface OneAlarmProps {
  alarm: Alarm;
  projectId: string;
  canDecide: boolean;
}

function OneAlarm({ alarm, projectId, canDecide }: OneAlarmProps) {
  const figures = useFigures();
  const { t } = figures;
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.alarm}>
      <div>
        <p>
          <strong>
            {alarm.labeler_id ? (
              <Link to={paths.manage(projectId, `people/${alarm.labeler_id}`)}>{alarm.labeler_name}</Link>
            ) : (
              t("quality.alarms.project")
            )}
          </strong>{" "}
          <Tag tone={alarm.is_current ? "bad" : "calm"}>{t(`quality.alarms.rules.${alarm.rule}`)}</Tag>
        </p>
        <p>{evidenceWords(alarm, figures)}</p>
        {!alarm.is_current && <p className={styles.small}>{t("quality.alarms.past")}</p>}
        <p className={styles.small}>
          <Link to={behind(projectId, alarm)}>
            {t(alarm.rule === "gold" ? "quality.alarms.toGold" : "quality.alarms.toJudgments")}
          </Link>
        </p>
        {alarm.note && (
          <p className={styles.small}>
            {alarm.decided_by_name}: {alarm.note}
          </p>
        )}
      </div>
      {canDecide && alarm.state !== "resolved" && (
        <Button size="xs" variant="default" onClick={() => setOpen(true)}>
          {t("quality.alarms.decide")}
        </Button>
      )}
      {open && <Decide alarm={alarm} projectId={projectId} onClose={() => setOpen(false)} />}
    </li>
  );
}

/** Where the judgments behind an alarm are looked at. */
function behind(projectId: string, alarm: Alarm): string {
  const labeler = alarm.labeler_id ?? undefined;
  return alarm.rule === "gold" && labeler
    ? paths.manage(projectId, `review?view=gold&labeler=${labeler}`)
    : judgments(projectId, { labeler });
}

function Decide({ alarm, projectId, onClose }: { alarm: Alarm; projectId: string; onClose: () => void }) {
  const { t } = useFigures();
  const [note, setNote] = useState(alarm.note);
  const { act, busy, error } = useAct([["quality-alarms", projectId], ["quality", projectId]]);
  const decide = async (state: "acknowledged" | "resolved") => {
    const done = await act(() => decideAlarm(alarm.id, { state, note }));
    if (done) onClose();
  };
  return (
    <OpenModal onClose={onClose} title={t("quality.alarms.decide")} centered>
      <Stack>
        <Textarea
          label={t("quality.alarms.note")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          autosize
          minRows={2}
          maxLength={2000}
        />
        <Failure error={error} />
        <Group justify="flex-end">
          <Button variant="default" loading={busy} disabled={!note.trim()} onClick={() => void decide("acknowledged")}>
            {t("quality.alarms.acknowledge")}
          </Button>
          <Button loading={busy} disabled={!note.trim()} onClick={() => void decide("resolved")}>
            {t("quality.alarms.resolve")}
          </Button>
        </Group>
      </Stack>
    </OpenModal>
  );
}
