import { Table } from "@mantine/core";
import { Link } from "react-router";
import { Section, TableFrame } from "@/features/console/parts";
import { axisWords } from "@/features/labeling/names";
import type { Body, Figure, Slice } from "./api";
import { judgments, weekFrom } from "./links";
import styles from "./quality.module.css";
import { useFigures } from "./words";

interface AgreementProps {
  projectId: string;
  body: Body;
}
type Dimension = "language" | "k" | "guideline" | "week";

/** All coefficients of agreement with intervals, and where they differ. */
export function AgreementSection({ projectId, body }: AgreementProps) {
  const { t, number, between, count } = useFigures();
  const { between: others, within, ranks, axes, by } = body.agreement;
  const rows: [string, Figure | null, string][] = [
    [t("quality.coefficient.kappa"), others.kappa, count(others.couples)],
    [t("quality.coefficient.fleiss"), others.fleiss, count(others.couples)],
    [t("quality.coefficient.tau"), others.tau_b, count(others.couples)],
    [t("quality.coefficient.w", { chance: number(ranks.w_by_chance ?? 0) }), ranks.w, count(ranks.panels)],
    [t("quality.coefficient.alpha"), ranks.alpha, count(ranks.panels)],
    [t("quality.coefficient.selfKappa"), within.kappa, count(within.couples)],
    ...axes.map((each): [string, Figure | null, string] => [
      t("quality.coefficient.axis", { axis: axisWords(t, each.axis) }),
      each.alpha,
      count(each.completions),
    ]),
  ];
  const slices = (["language", "k", "guideline", "week"] as const).flatMap((name) =>
    by[name].map((slice) => ({ dimension: name, slice })),
  );
  return (
    <>
      <Section title={t("quality.coefficient.title")}>
        <p className={styles.small}>{t("quality.coefficient.lead")}</p>
        <TableFrame label={t("quality.coefficient.title")}>
          <Table verticalSpacing="xs" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("quality.coefficient.name")}</Table.Th>
                <Table.Th>{t("quality.coefficient.value")}</Table.Th>
                <Table.Th>{t("quality.coefficient.from")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(([name, figure, source]) => (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td className={styles.number}>
                    {figure ? `${number(figure.value)} ${between(figure.interval, number)}` : "–"}
                  </Table.Td>
                  <Table.Td className={styles.number}>{source}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </TableFrame>
      </Section>
      {slices.length > 0 && (
        <Section title={t("quality.where.title")}>
          <TableFrame label={t("quality.where.title")}>
            <Table verticalSpacing="xs" horizontalSpacing="md">
              <Table.Thead>
                <Table.Tr>
                  {(["what", "agreement", "kappa", "pairs"] as const).map((column) => (
                    <Table.Th key={column}>{t(`quality.where.${column}`)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {slices.map(({ dimension, slice }) => (
                  <SliceRow
                    key={`${dimension} ${slice.name}`}
                    projectId={projectId}
                    dimension={dimension}
                    slice={slice}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        </Section>
      )}
    </>
  );
}

interface SliceProps {
  projectId: string;
  dimension: Dimension;
  slice: Slice;
}

function SliceRow({ projectId, dimension, slice }: SliceProps) {
  const { t, number, percent, count, between } = useFigures();
  return (
    <Table.Tr>
      <Table.Td>
        {slice.name ? (
          <Link to={judgments(projectId, dimension === "week" ? weekFrom(slice.name) : { [dimension]: slice.name })}>
            {t(`quality.where.${dimension}`, { name: slice.name })}
          </Link>
        ) : (
          t(`quality.where.${dimension}`, { name: "–" })
        )}
      </Table.Td>
      <Table.Td className={styles.number}>
        {percent(slice.agreement)} {between(slice.interval, percent)}
      </Table.Td>
      <Table.Td className={styles.number}>
        {slice.kappa ? `${number(slice.kappa.value)} ${between(slice.kappa.interval, number)}` : "–"}
      </Table.Td>
      <Table.Td className={styles.number}>{count(slice.pairs)}</Table.Td>
    </Table.Tr>
  );
}
