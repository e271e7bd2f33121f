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
  const ends = report.contestants.flatMap(({ interval }) => interval ?? []);
  const isTooFew = rows.some(({ contestant, at }) => at !== report.base && contestant.interval === null);
  const reach = Math.ceil(Math.max(50, ...ends.map(Math.abs)) / 50) * 50;
  return (
    <Section title={t("judging.ratings.title")}>
      <p className={styles.small}>
        {t("judging.ratings.lead")}{" "}
        {report.pairs.some(({ ties }) => ties > 0) &&
          t("judging.ratings.ties", { tie: percent(report.tie / (2 + report.tie)) })}
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
      {isTooFew && <p className={styles.small}>{t("judging.ratings.tooFewHint")}</p>}
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
      {isBase || (rating !== null && interval) ? (
        <Table.Td className={styles.number}>
          {points(rating ?? 0)} {between(interval, points)}
        </Table.Td>
      ) : (
        <Table.Td className="muted">{t("judging.ratings.tooFew")}</Table.Td>
      )}
      <Table.Td className={styles.drawn}>
        {rating !== null && low !== undefined && high !== undefined && (
          <Interval
            value={rating}
            ends={[low, high]}
            from={-reach}
            to={reach}
            mark={0}
            scale={[-reach, 0, reach].map((at) => [at, points(at)])}
            label={`${name(contestant)} ${points(rating)} ${between(interval, points)}`}
          />
        )}
      </Table.Td>
      <Table.Td className={styles.number}>{length === null ? "–" : count(Math.round(length))}</Table.Td>
    </Table.Tr>
  );
}
