import { Table } from "@mantine/core";
import { Section, TableFrame } from "@/features/console/parts";
import { formatNumber } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { curveOf } from "./bestOfN";
import styles from "./train.module.css";

/** What the best of 1, 2, … n completions scores, and how far from the policy choosing so leads. */
export function BestOfNCurve({ report }: { report: Readonly<Record<string, unknown>> }) {
  const { t, language } = useText();
  const points = curveOf(report);
  if (points.length === 0) return null;
  const number = (value: number) => formatNumber(value, language, 3);
  return (
    <Section title={t("train.best.title")}>
      <p className="muted">{t("train.best.lead")}</p>
      <TableFrame label={t("train.best.title")}>
        <Table className={styles.report} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("train.best.n")}</Table.Th>
              <Table.Th>{t("train.best.score")}</Table.Th>
              <Table.Th>{t("train.best.kl")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {points.map(({ n, score, klBound }) => (
              <Table.Tr key={n}>
                <Table.Td className={styles.number}>{n}</Table.Td>
                <Table.Td className={styles.number}>
                  {t("train.best.interval", {
                    value: number(score.value),
                    low: number(score.low),
                    high: number(score.high),
                  })}
                </Table.Td>
                <Table.Td className={styles.number}>{t("train.best.nats", { value: number(klBound) })}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
