import { Table } from "@mantine/core";
import { Section, TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { FigureName, useFigureValues } from "./figureNames";
import { flatten, inWords, isEstimate, type ReportRow } from "./figures";
import styles from "./train.module.css";

/** What ended the run is told by a card of its own. */
const ALARM = "alarm";
/** More rows than this of one subject are folded away. */
const UNFOLDED = 30;
/** A report quotes texts of models; the whole of them is in its file. */
const MOST = 4_000;

/** What a run found out: figures with an interval first, long lists one click away. */
export function Report({ report }: { report: Readonly<Record<string, unknown>> }) {
  const { t } = useText();
  const subjects = Object.entries(report)
    .filter(([name]) => name !== ALARM)
    .map(([name, value]) => [name, flatten(value, name)] as const);
  const short = subjects.flatMap(([, rows]) => (rows.length <= UNFOLDED ? rows : []));
  const long = subjects.filter(([, rows]) => rows.length > UNFOLDED);
  if (subjects.length === 0) return null;
  return (
    <Section title={t("train.runs.report")}>
      {short.length > 0 && <Rows rows={[...short].sort((a, b) => Number(isEstimate(b.value)) - Number(isEstimate(a.value)))} />}
      {long.map(([name, rows]) => (
        <details key={name} className={styles.folded}>
          <summary>
            <FigureName path={name} /> <span className="muted">{rows.length}</span>
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
              <Table.Td>
                <FigureName path={row.path} />
              </Table.Td>
              <Table.Td>
                <VisibleText text={inWords(told(row.value), language)} most={MOST} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
