import { Button, Group, NumberInput, Select, Switch, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import {
  Awaited,
  ConfirmButton,
  Failure,
  Nothing,
  PageHead,
  Section,
  TableFrame,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText, type Text } from "@/lib/i18n";
import { createSchedule, deleteSchedule, setScheduleActive, useSchedules } from "./api";
import { InputSelect } from "./InputSelect";
import styles from "./train.module.css";

type Schedule = Schemas["Schedule"];
const HOUR_S = 3600;

/** When the project trains by itself: reward model, then policy. */
export function SchedulesPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const schedules = useSchedules(projectId);
  const { act, error } = useAct([["schedules", projectId]]);
  return (
    <>
      <PageHead title={t("train.schedules.title")} lead={t("train.schedules.lead")} />
      <Failure error={error} />
      <Awaited query={schedules}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("train.schedules.none")}</Nothing>
          ) : (
            <TableFrame label={t("train.schedules.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("console.name")}</Table.Th>
                    <Table.Th>{t("train.schedules.when")}</Table.Th>
                    <Table.Th>{t("train.schedules.lastFired")}</Table.Th>
                    <Table.Th>{t("train.schedules.active")}</Table.Th>
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((schedule) => (
                    <Table.Tr key={schedule.id}>
                      <Table.Td>{schedule.name}</Table.Td>
                      <Table.Td>{whenInWords(schedule, t)}</Table.Td>
                      <Table.Td className={styles.number}>
                        {schedule.last_fired_at
                          ? formatTime(schedule.last_fired_at, language)
                          : t("train.schedules.never")}
                      </Table.Td>
                      <Table.Td>
                        <Switch
                          aria-label={t("train.schedules.activeOf", { name: schedule.name })}
                          checked={schedule.is_active}
                          onChange={(event) => {
                            const active = event.currentTarget.checked;
                            void act(() => setScheduleActive(schedule.id, active));
                          }}
                        />
                      </Table.Td>
                      <Table.Td>
                        <ConfirmButton
                          label={t("console.delete")}
                          question={t("train.schedules.deleteQuestion", { name: schedule.name })}
                          danger
                          onConfirm={() => act(() => deleteSchedule(schedule.id))}
                        />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <Section title={t("train.schedules.new")}>
        <ScheduleForm projectId={projectId} />
      </Section>
    </>
  );
}

function whenInWords(schedule: Schedule, t: Text): string {
  if (schedule.trigger === "judgments") return t("train.schedules.everyJudgments", { count: schedule.every });
  return t("train.schedules.everyHours", { count: Math.round((schedule.every / HOUR_S) * 10) / 10 });
}

function ScheduleForm({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [trigger, setTrigger] = useState<Schedule["trigger"]>("judgments");
  const [every, setEvery] = useState(500);
  const [promptSet, setPromptSet] = useState<string | null>(null);
  const { act, busy, error, fieldError } = useAct([["schedules", projectId]]);
  const create = async () => {
    const made = await act(() =>
      createSchedule(projectId, {
        name,
        trigger,
        every: trigger === "interval" ? Math.round(every * HOUR_S) : every,
        prompt_set: promptSet ?? "",
      }),
    );
    if (made) setName("");
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className={styles.grid}>
        <TextInput
          label={t("console.name")}
          value={name}
          error={fieldError("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("train.schedules.when")}
          data={[
            { value: "judgments", label: t("train.schedules.byJudgments") },
            { value: "interval", label: t("train.schedules.byTime") },
          ]}
          value={trigger}
          allowDeselect={false}
          onChange={(value) => {
            setTrigger(value === "interval" ? "interval" : "judgments");
            setEvery(value === "interval" ? 24 : 500);
          }}
        />
        <NumberInput
          label={t(trigger === "interval" ? "train.schedules.hours" : "train.schedules.judgments")}
          value={every}
          min={1}
          hideControls
          error={fieldError("every")}
          onChange={(value) => setEvery(typeof value === "number" ? value : 1)}
        />
        <InputSelect
          projectId={projectId}
          kind="ppo"
          input="prompt_set"
          value={promptSet}
          waiting={false}
          error={fieldError("prompt_set")}
          onChange={setPromptSet}
        />
      </div>
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.create")}
        </Button>
      </Group>
    </form>
  );
}
