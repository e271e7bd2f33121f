import { Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Nothing, Section, TableFrame } from "@/features/console/parts";
import type { Body, LabelerRow, Share } from "./api";
import { Interval } from "./Interval";
import { judgments } from "./links";
import styles from "./quality.module.css";
import { useFigures } from "./words";

interface LabelersProps {
  projectId: string;
  body: Body;
  names: Record<string, string>;
}

/** Each labeler: agreement with others and themselves, reliability, pull of the place; least reliable first. */
export function LabelersSection({ projectId, body, names }: LabelersProps) {
  const { t } = useFigures();
  const agreement = new Map(body.agreement.labelers.map((row) => [row.labeler, row]));
  const rows = [...body.reliability].sort((a, b) => a.ability.value - b.ability.value);
  return (
    <Section title={t("quality.labelers.title")}>
      {rows.length === 0 ? (
        <Nothing>{t("quality.labelers.none")}</Nothing>
      ) : (
        <>
          <p className={styles.small}>{t("quality.labelers.lead")}</p>
          <TableFrame label={t("quality.labelers.title")}>
            <Table verticalSpacing="xs" horizontalSpacing="md">
              <Table.Thead>
                <Table.Tr>
                  {(["name", "ability", "others", "self", "place", "judgments", "weight"] as const).map((column) => (
                    <Table.Th key={column}>{t(`quality.labelers.${column}`)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <OneLabeler
                    key={row.labeler}
                    projectId={projectId}
                    row={row}
                    name={names[row.labeler] ?? row.labeler}
                    others={agreement.get(row.labeler)?.others}
                    self={agreement.get(row.labeler)?.self}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        </>
      )}
    </Section>
  );
}

interface OneProps {
  projectId: string;
  row: LabelerRow;
  name: string;
  others: Share | undefined;
  self: Share | undefined;
}

function OneLabeler({ projectId, row, name, others, self }: OneProps) {
  const { t, number, percent, count, between, signed } = useFigures();
  const { value, interval } = row.ability;
  const points = (logit: number) => 100 * Math.tanh(logit / 2);
  const said = `${number(value)} ${between(interval, number)}`;
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={paths.manage(projectId, `people/${row.labeler}`)}>{name}</Link>
      </Table.Td>
      <Table.Td className={styles.number}>
        {said}
        <Interval value={value} ends={interval} from={-0.5} to={2} mark={1} label={t("quality.labelers.drawn", { name, said })} />
      </Table.Td>
      <Table.Td className={styles.number}>
        {percent(others?.agreement)} {between(others?.interval, percent)}
      </Table.Td>
      <Table.Td className={styles.number}>
        {percent(self?.agreement)} {between(self?.interval, percent)}
      </Table.Td>
      <Table.Td className={styles.number}>
        {signed(points(row.position.value))} {between(row.position.interval.map(points), signed)}
      </Table.Td>
      <Table.Td className={styles.number}>
        <Link to={judgments(projectId, { labeler: row.labeler })}>{count(row.judgments)}</Link>
      </Table.Td>
      <Table.Td className={styles.number}>{number(row.weight)}</Table.Td>
    </Table.Tr>
  );
}
