import { Table } from "@mantine/core";
import { Section, TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { FigureName, useFigureValues } from "./figureNames";
import { inWords, type ReportRow } from "./figures";
import { partsOf } from "./reportParts";
import styles from "./train.module.css";

/** A report quotes texts of models; the whole of them is in its file. */
const MOST = 4_000;

/** What a run found out: figures with an interval first, breakdowns and long lists one click away. */
export function Report({ report }: { report: Readonly<Record<string, unknown>> }) {
  const { t } = useText();
  const { open, folded } = partsOf(report);
  if (open.length + folded.length === 0) return null;
  return (
    <Section title={t("train.runs.report")}>
      {open.length > 0 && <Rows rows={open} />}
      {folded.map(({ path, rows }) => (
        <details key={path} className={styles.folded}>
          <summary>
            <FigureName path={path} /> <span className="muted">{rows.length}</span>
          </summary>
          <Rows rows={rows} />
        </details>
      ))}
    </Section>
  );
}

function Rows({ rows }: { rows: readonly ReportRow[] }) {
  const { t, language } = useText();
  const told = useFigureValues();
  return (
    <TableFrame label={t("train.runs.report")}>
      <Table className={styles.report} horizontalSpacing="md">
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.path}>
              <Table.Td className={styles.name}>
                <FigureName path={row.path} />
              </Table.Td>
              <Table.Td className={isWords(row.value) ? undefined : styles.whole}>
                <VisibleText text={inWords(told(row.value), language)} most={MOST} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function isWords(value: unknown): boolean {
  return [value].flat().some((each) => typeof each === "string");
}
