import { Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Nothing, Section, TableFrame } from "@/features/console/parts";
import { useFigures } from "@/features/quality/words";
import type { Report } from "./api";
import styles from "./judging.module.css";

/** What evaluation runs measured without people; each row leads to its run. */
export function Automatic({ projectId, report }: { projectId: string; report: Report }) {
  const { t, number, between } = useFigures();
  const figure = (value: number | null, digits: number) => (value === null ? "–" : number(value, digits));
  return (
    <Section title={t("judging.automatic.title")}>
      <p className={styles.small}>{t("judging.automatic.lead")}</p>
      {report.metrics.length === 0 ? (
        <Nothing>
          {t("judging.automatic.none")} <Link to={paths.train(projectId, "runs/new")}>{t("judging.automatic.start")}</Link>
        </Nothing>
      ) : (
        <TableFrame label={t("judging.automatic.title")}>
          <Table verticalSpacing="xs" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                {(["who", "run", "reward", "perplexity", "bleu", "rouge"] as const).map((column) => (
                  <Table.Th key={column}>{t(`judging.automatic.${column}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {report.metrics.map((row) => (
                <Table.Tr key={row.run}>
                  <Table.Td>
                    {row.version.number} {row.version.name}
                  </Table.Td>
                  <Table.Td>
                    <Link to={paths.run(projectId, row.run)}>{t("train.runs.number", { number: row.number })}</Link>
                    {!row.same_prompts && <div className="muted">{t("judging.automatic.otherPrompts")}</div>}
                  </Table.Td>
                  <Table.Td className={styles.number}>
                    {figure(row.reward, 3)} {between(row.reward_interval, (value) => number(value, 3))}
                    {row.reward_version && (
                      <div className="muted">{t("judging.automatic.by", { number: row.reward_version.number })}</div>
                    )}
                  </Table.Td>
                  <Table.Td className={styles.number}>{figure(row.perplexity, 2)}</Table.Td>
                  <Table.Td className={styles.number}>{figure(row.bleu, 1)}</Table.Td>
                  <Table.Td className={styles.number}>{figure(row.rouge_l, 3)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </TableFrame>
      )}
    </Section>
  );
}
