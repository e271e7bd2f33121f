import { Table } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { TableFrame } from "@/features/console/parts";
import { formatDuration } from "@/lib/format";
import { useText, type Language, type TextKey } from "@/lib/i18n";
import styles from "./figures.module.css";

type Figure = Schemas["Figure"];

const NAMES: Readonly<Record<string, TextKey>> = {
  active_ms: "people.figure.active",
  ties: "people.figure.ties",
  skips: "people.figure.skips",
  cannot_judge: "people.figure.cannotJudge",
  flagged: "people.figure.flagged",
  unread: "people.figure.unread",
};

function written(value: number, unit: Figure["unit"], language: Language): string {
  if (unit === "ms") return formatDuration(value, language);
  return value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
}

/** Each figure with what it rests on and, where told, the project's labelers beside it. */
export function Figures({ rows, compared }: { rows: readonly Figure[]; compared: boolean }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("people.figure.title")}>
      <Table horizontalSpacing="md" miw={compared ? 620 : 340}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("people.figure.what")}</Table.Th>
            <Table.Th>{t("people.figure.value")}</Table.Th>
            <Table.Th>{t("people.figure.count")}</Table.Th>
            {compared && <Table.Th>{t("people.figure.others")}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Td>{t(NAMES[row.name] ?? "people.figure.what")}</Table.Td>
              <Table.Td className={styles.value}>
                {row.value === null ? "–" : written(row.value, row.unit, language)}
              </Table.Td>
              <Table.Td className={styles.count}>{row.count.toLocaleString(language)}</Table.Td>
              {compared && (
                <Table.Td>
                  <Others row={row} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

/** The span of most labelers as a bar, the middle half darker, this person as a mark. */
function Others({ row }: { row: Figure }) {
  const { t, language } = useText();
  const { others, value } = row;
  if (!others) return <span className={styles.count}>{t("people.figure.tooFew")}</span>;
  const [p10 = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0] = others;
  const top = Math.max(p90, value ?? 0) * 1.1 || 1;
  const at = (one: number) => (100 * one) / top;
  const words = t("people.figure.spread", {
    low: written(p10, row.unit, language),
    middle: written(p50, row.unit, language),
    high: written(p90, row.unit, language),
    count: row.people,
  });
  return (
    <div className={styles.others}>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={words}>
        <rect className={styles.most} x={at(p10)} y="4" width={Math.max(at(p90) - at(p10), 0.5)} height="2" />
        <rect className={styles.half} x={at(p25)} y="3" width={Math.max(at(p75) - at(p25), 0.5)} height="4" />
        {value !== null && <rect className={styles.mine} x={at(value) - 0.5} y="0" width="1" height="10" />}
      </svg>
      <span className={styles.count}>{words}</span>
    </div>
  );
}
