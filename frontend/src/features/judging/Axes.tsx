import { Table } from "@mantine/core";
import { Section, TableFrame } from "@/features/console/parts";
import { useFigures } from "@/features/quality/words";
import type { Report } from "./api";
import styles from "./judging.module.css";
import { useNames } from "./names";

/** Grades on every axis of the project, and how often each was graded above the base. */
export function Axes({ report }: { report: Report }) {
  const { t, number, percent, count, between } = useFigures();
  const name = useNames();
  if (report.axes.length === 0) return null;
  return (
    <Section title={t("judging.axes.title")}>
      <p className={styles.small}>{t("judging.axes.lead")}</p>
      <TableFrame label={t("judging.axes.title")}>
        <Table verticalSpacing="xs" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {(["axis", "who", "mean", "above", "grades"] as const).map((column) => (
                <Table.Th key={column}>{t(`judging.axes.${column}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.axes.flatMap(({ axis, contestants }) =>
              contestants.map((row) => {
                const contestant = report.contestants[row.contestant];
                return (
                  <Table.Tr key={`${axis} ${row.contestant}`}>
                    <Table.Td>{axis}</Table.Td>
                    <Table.Td>{contestant && name(contestant)}</Table.Td>
                    <Table.Td className={styles.number}>
                      {number(row.mean)} {between(row.mean_interval, number)}
                    </Table.Td>
                    <Table.Td className={styles.number}>
                      {percent(row.rate)} {between(row.interval, percent)}
                    </Table.Td>
                    <Table.Td className={styles.number}>{count(row.grades)}</Table.Td>
                  </Table.Tr>
                );
              }),
            )}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
