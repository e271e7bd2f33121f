import { Table } from "@mantine/core";
import { Link } from "react-router";
import { Section, TableFrame } from "@/features/console/parts";
import { judgments } from "@/features/quality/links";
import { useFigures } from "@/features/quality/words";
import type { Campaign, Report } from "./api";
import styles from "./judging.module.css";
import { useNames } from "./names";

interface Props {
  projectId: string;
  campaign: Campaign;
  report: Report;
}

type Slice = Report["slices"][number];
const LENGTHS = ["short", "medium", "long"] as const;

/** Everybody against the base in parts of the judgments. */
export function Slices({ projectId, campaign, report }: Props) {
  const { t, percent, count, between } = useFigures();
  const name = useNames();
  if (report.slices.length === 0) return null;
  return (
    <Section title={t("judging.slices.title")}>
      <p className={styles.small}>{t("judging.slices.lead")}</p>
      <TableFrame label={t("judging.slices.title")}>
        <Table verticalSpacing="xs" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {(["what", "who", "rate", "judgments"] as const).map((column) => (
                <Table.Th key={column}>{t(`judging.slices.${column}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.slices.map((slice) => {
              const contestant = report.contestants[slice.contestant];
              return (
                <Table.Tr key={`${slice.dimension} ${slice.name} ${slice.contestant}`}>
                  <Table.Td>
                    <SliceName projectId={projectId} campaign={campaign} slice={slice} />
                  </Table.Td>
                  <Table.Td>{contestant && name(contestant)}</Table.Td>
                  <Table.Td className={styles.number}>
                    {percent(slice.rate)} {between(slice.interval, percent)}
                  </Table.Td>
                  <Table.Td className={styles.number}>{count(slice.judgments)}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}

function SliceName({ projectId, campaign, slice }: { projectId: string; campaign: Campaign; slice: Slice }) {
  const { t } = useFigures();
  const length = LENGTHS.find((each) => each === slice.name);
  const said = slice.dimension === "length" && length ? t(`judging.slices.is.${length}`) : slice.name;
  const words = t(`judging.slices.of.${slice.dimension}`, { name: said });
  if (slice.dimension !== "tag" && slice.dimension !== "language") return words;
  const filter = { prompt_set: campaign.prompt_set, since: campaign.created_at, [slice.dimension]: slice.name };
  return <Link to={judgments(projectId, filter)}>{words}</Link>;
}
