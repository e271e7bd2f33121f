import { Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, More, Section, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { alarmName } from "@/features/runs/alarms";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { closeRound, readRoundEvents, type Round, type RoundEvent } from "./api";
import { Outcome } from "./History";
import { Loop } from "./Loop";
import { AnswerForm, QuestionCard } from "./Question";
import styles from "./rounds.module.css";
import { RunsByHand } from "./RunsByHand";

/** One round: its question, its steps, what happened in it, and how to end it. */
export function RoundDetail({ projectId, round }: { projectId: string; round: Round }) {
  const { t } = useText();
  const { act } = useAct([["rounds", projectId]]);
  return (
    <Section title={t("rounds.titleOf", { number: round.number })}>
      <p className={styles.line}>
        <Outcome round={round} />{" "}
        {t("rounds.startsFrom", { number: round.policy.number, name: round.policy.name })}
      </p>
      {round.question && <QuestionCard projectId={projectId} round={round} question={round.question} />}
      <Loop projectId={projectId} round={round} />
      {round.automatic && <Events round={round} projectId={projectId} />}
      {round.state === "open" && round.automatic && (
        <details className={styles.more}>
          <summary>{t("rounds.closeEarly")}</summary>
          <AnswerForm projectId={projectId} round={round} question={null} />
        </details>
      )}
      {round.places.length > 0 && <RunsByHand projectId={projectId} round={round} />}
      {round.state === "open" && !round.automatic && (
        <div>
          <ConfirmButton
            label={t("rounds.close")}
            question={t("rounds.closeQuestion", { number: round.number })}
            onConfirm={() => act(() => closeRound(round.id))}
          />
        </div>
      )}
    </Section>
  );
}

function alarmsOf(event: RoundEvent): string[] {
  const codes = event.figures.alarms;
  return Array.isArray(codes) ? codes.filter((code) => typeof code === "string") : [];
}

/** What happened in an automatic round, newest first. */
function Events({ projectId, round }: { projectId: string; round: Round }) {
  const { t, language } = useText();
  const events = usePages(["round-events", round.id, round.step, round.state], () => readRoundEvents(round.id));
  return (
    <details className={styles.more}>
      <summary>{t("rounds.events")}</summary>
      <Awaited query={events}>
        {(rows) => (
          <TableFrame label={t("rounds.events")}>
            <Table horizontalSpacing="md">
              <Table.Tbody>
                {rows.map((event) => (
                  <Table.Tr key={event.id}>
                    <Table.Td className={styles.time}>{formatTime(event.at, language)}</Table.Td>
                    <Table.Td>
                      {t(`rounds.event.${event.kind}`, { step: t(`rounds.step.${event.step}`) })}
                      {event.attempt > 1 && ` (${t("rounds.attempt", { number: event.attempt })})`}
                    </Table.Td>
                    <Table.Td>{event.by}</Table.Td>
                    <Table.Td>
                      {event.run && (
                        <Link to={paths.run(projectId, event.run.id)}>
                          {t("train.runs.number", { number: event.run.number })}
                        </Link>
                      )}
                      {alarmsOf(event).map((code) => (
                        <Tag key={code} tone="busy">
                          {t("runs.warned", { name: alarmName(t, { code }) })}
                        </Tag>
                      ))}
                      {event.words && <VisibleText text={event.words} most={2_000} />}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        )}
      </Awaited>
      <More query={events} />
    </details>
  );
}
