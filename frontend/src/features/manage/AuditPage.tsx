import { Table } from "@mantine/core";
import { Awaited, More, Nothing, PageHead, TableFrame } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readAudit, type AuditEntry } from "./api";
import styles from "./manage.module.css";

/** Who did what, newest first. */
export function AuditPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const entries = usePages(["audit", projectId], () => readAudit(projectId));
  return (
    <>
      <PageHead title={t("manage.audit.title")} lead={t("manage.audit.lead")} />
      <Awaited query={entries}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("manage.audit.none")}</Nothing>
          ) : (
            <TableFrame label={t("manage.audit.title")}>
              <Table horizontalSpacing="md" miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.audit.at")}</Table.Th>
                    <Table.Th>{t("manage.audit.who")}</Table.Th>
                    <Table.Th>{t("manage.audit.what")}</Table.Th>
                    <Table.Th>{t("manage.audit.before")}</Table.Th>
                    <Table.Th>{t("manage.audit.after")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((entry) => (
                    <Entry key={entry.id} entry={entry} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={entries} />
    </>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { language } = useText();
  return (
    <Table.Tr>
      <Table.Td className={styles.stay}>{formatTime(entry.at, language)}</Table.Td>
      <Table.Td>{entry.actor ?? "–"}</Table.Td>
      <Table.Td>
        <code>{entry.action}</code>
      </Table.Td>
      <Table.Td>
        <Values value={entry.before} />
      </Table.Td>
      <Table.Td>
        <Values value={entry.after} />
      </Table.Td>
    </Table.Tr>
  );
}

/** The recorded values as lines of `name: value`; the record is the same in every language. */
function Values({ value }: { value: unknown }) {
  if (value === null || value === undefined) return null;
  const lines =
    typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([name, each]) => `${name}: ${inWords(each)}`)
      : [inWords(value)];
  return (
    <ul className={styles.values}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function inWords(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
