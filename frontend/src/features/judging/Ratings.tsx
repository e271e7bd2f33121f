import { Table } from "@mantine/core";
import { Section, TableFrame } from "@/features/console/parts";
import { Interval } from "@/features/quality/Interval";
import { useFigures } from "@/features/quality/words";
import type { Contestant, Report } from "./api";
import styles from "./judging.module.css";
import { useNames } from "./names";

/** Bradley–Terry ratings with the base at 0, best first. */
export function Ratings({ report }: { report: Report }) {
  const { t, count, percent } = useFigures();
  const rows = report.contestants
    .map((contestant, at) => ({ contestant, at }))
    .sort((a, b) => (b.contestant.rating ?? -Infinity) - (a.contestant.rating ?? -Infinity));
  const ends = report.contestants.flatMap(({ rating, interval }) => [rating ?? 0, ...(interval ?? [])]);
  const reach = Math.max(50, ...ends.map(Math.abs));
  return (
    <Section title={t("judging.ratings.title")}>
      <p className={styles.small}>
        {t("judging.ratings.lead", { tie: percent(report.tie / (2 + report.tie)) })}
      </p>
      <TableFrame label={t("judging.ratings.title")}>
        <Table verticalSpacing="xs" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {(["who", "points", "interval", "length"] as const).map((column) => (
                <Table.Th key={column}>{t(`judging.ratings.${column}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ contestant, at }) => (
              <Row key={at} contestant={contestant} isBase={at === report.base} reach={reach} count={count} />
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}

interface RowProps {
  contestant: Contestant;
  isBase: boolean;
  reach: number;
  count: (value: number) => string;
}

function Row({ contestant, isBase, reach, count }: RowProps) {
  const { t, between, language } = useFigures();
  const name = useNames();
  const points = (value: number) =>
    value.toLocaleString(language, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const { rating, interval, length } = contestant;
  const [low, high] = interval ?? [];
  return (
    <Table.Tr>
      <Table.Td>
        {name(contestant)}
        {isBase && <span className="muted"> · {t("judging.ratings.base")}</span>}
      </Table.Td>
      <Table.Td className={styles.number}>
        {rating === null ? "–" : points(rating)} {between(interval, points)}
      </Table.Td>
      <Table.Td>
        {rating !== null && low !== undefined && high !== undefined && (
          <Interval
            value={rating}
            ends={[low, high]}
            from={-reach}
            to={reach}
            mark={0}
            label={`${name(contestant)} ${points(rating)} ${between(interval, points)}`}
          />
        )}
      </Table.Td>
      <Table.Td className={styles.number}>{length === null ? "–" : count(Math.round(length))}</Table.Td>
    </Table.Tr>
  );
}
