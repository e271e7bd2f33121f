import { Table } from "@mantine/core";
import { Link } from "react-router";
import { TableFrame, Tag } from "@/features/console/parts";
import { formatNumber, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { judgmentsBetween, type Round } from "./api";
import { figureOf, FIGURES, stepOf } from "./figures";
import { GateFigure } from "./GateFigure";
import styles from "./rounds.module.css";

/** All rounds, newest first; the chosen one is in the address. */
export function History({ projectId, rounds, chosen }: { projectId: string; rounds: Round[]; chosen: string | null }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("rounds.history")}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("rounds.round")}</Table.Th>
            <Table.Th>{t("rounds.outcomeHead")}</Table.Th>
            <Table.Th>{t("rounds.from")}</Table.Th>
            <Table.Th>{t("rounds.judgments")}</Table.Th>
            {FIGURES.map((name) => (
              <Table.Th key={name}>{t(`rounds.gate.${name}`)}</Table.Th>
            ))}
            <Table.Th>{t("rounds.began")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rounds.map((round) => (
            <Table.Tr key={round.id}>
              <Table.Td>
                <Link to={{ search: `?round=${round.id}` }} aria-current={round.id === chosen ? "true" : undefined}>
                  {round.number}
                </Link>
              </Table.Td>
              <Table.Td>
                <Outcome round={round} />
              </Table.Td>
              <Table.Td>
                {round.policy.number} {round.policy.name}
              </Table.Td>
              <Table.Td>
                <Judgments projectId={projectId} round={round} />
              </Table.Td>
              {FIGURES.map((name) => {
                const found = figureOf(round, name);
                return (
                  <Table.Td key={name}>
                    {found ? <GateFigure projectId={projectId} round={round} {...found} /> : "–"}
                  </Table.Td>
                );
              })}
              <Table.Td className={styles.time}>{formatTime(round.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

export function Outcome({ round }: { round: Round }) {
  const { t } = useText();
  if (round.state === "asks") return <Tag tone="bad">{t("rounds.state.asks")}</Tag>;
  if (round.state === "open") return <Tag tone="busy">{t("rounds.outcome.open")}</Tag>;
  return (
    <Tag tone={round.outcome === "promoted" ? "good" : "calm"}>
      {t(round.outcome === "promoted" ? "rounds.outcome.promoted" : "rounds.outcome.closed")}
    </Tag>
  );
}

function Judgments({ projectId, round }: { projectId: string; round: Round }) {
  const { language } = useText();
  const step = stepOf(round, "snapshot");
  const count = step?.counts.rankings;
  if (step?.snapshot == null || count === undefined) return "–";
  return (
    <Link to={judgmentsBetween(projectId, null, step.snapshot.cut_off)}>{formatNumber(count, language, 9)}</Link>
  );
}
