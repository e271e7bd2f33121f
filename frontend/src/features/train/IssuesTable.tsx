import { Table } from "@mantine/core";
import { More, Section, TableFrame } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useIssueWords } from "@/features/imports/useIssueWords";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { readIssues } from "./api";
import styles from "./train.module.css";

/** Every line of an imported file that could not be used, and why. */
export function IssuesTable({ runId, active }: { runId: string; active: boolean }) {
  const { t } = useText();
  const words = useIssueWords();
  const issues = usePages(["issues", runId, active], () => readIssues(runId));
  if (!issues.data || issues.data.length === 0) return null;
  return (
    <Section title={t("train.issues.title")}>
      <TableFrame label={t("train.issues.title")}>
        <Table className={styles.issues} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("train.issues.line")}</Table.Th>
              <Table.Th>{t("train.issues.field")}</Table.Th>
              <Table.Th>{t("train.issues.message")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {issues.data.map((issue, index) => (
              <Table.Tr key={index}>
                <Table.Td>{issue.line}</Table.Td>
                <Table.Td>
                  <VisibleText text={issue.field} most={300} />
                </Table.Td>
                <Table.Td>
                  <VisibleText text={words(issue)} most={2_000} /> <code className={styles.identifier}>{issue.rule}</code>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      <More query={issues} />
    </Section>
  );
}
