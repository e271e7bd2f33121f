import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Nothing, TableFrame } from "@/features/console/parts";
import { readFailedGold, type FailedGoldRow } from "@/features/control/api";
import { useProject } from "@/features/projects/queries";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import styles from "./review.module.css";

interface Props {
  projectId: string;
  labeler: string | null;
}

/** Answers to gold that are not as expected, newest first: one labeler's, or everybody's. */
export function FailedGold({ projectId, labeler }: Props) {
  const { t, language } = useText();
  const failed = useQuery({
    queryKey: ["failed-gold", projectId, labeler],
    queryFn: () => readFailedGold(projectId, labeler),
  });
  return (
    <Awaited query={failed}>
      {(found) => (
        <>
          <p className={styles.small}>
            {t("control.failed.lead", { bar: found.bar.toLocaleString(language, { style: "percent" }) })}{" "}
            {labeler && <Link to={paths.manage(projectId, "review?view=gold")}>{t("review.clear")}</Link>}
          </p>
          {found.results.length === 0 ? (
            <Nothing>{t("control.failed.none")}</Nothing>
          ) : (
            <TableFrame label={t("control.failed.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md" miw={720}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.items.prompt")}</Table.Th>
                    <Table.Th>{t("manage.item.labeler")}</Table.Th>
                    <Table.Th>{t("control.failed.expected")}</Table.Th>
                    <Table.Th>{t("control.failed.given")}</Table.Th>
                    <Table.Th>{t("control.failed.share")}</Table.Th>
                    <Table.Th>{t("console.created")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.results.map((row) => (
                    <OneAnswer key={row.ranking} projectId={projectId} row={row} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )}
        </>
      )}
    </Awaited>
  );
}

function OneAnswer({ projectId, row }: { projectId: string; row: FailedGoldRow }) {
  const { t, language } = useText();
  const lang = useProject(projectId).data?.language;
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={paths.manage(projectId, `items/${row.item}`)} className={styles.preview} lang={lang}>
          <VisibleText text={row.prompt_preview || "…"} />
        </Link>
        {row.explanation && <span className={styles.small}>{row.explanation}</span>}
      </Table.Td>
      <Table.Td>
        <Link to={paths.manage(projectId, `people/${row.labeler_id}`)}>{row.labeler_name}</Link>
      </Table.Td>
      <Table.Td className={styles.number}>{orderWords(row.expected)}</Table.Td>
      <Table.Td className={styles.number}>{orderWords(row.given)}</Table.Td>
      <Table.Td className={styles.number}>
        {t("control.failed.of", {
          points: row.points.toLocaleString(language),
          pairs: row.pairs.toLocaleString(language),
        })}
      </Table.Td>
      <Table.Td className={styles.number}>{formatTime(row.created_at, language)}</Table.Td>
    </Table.Tr>
  );
}

/** "A > B = C", by the letters that the page of the item gives the answers. */
function orderWords(tiers: readonly (readonly number[])[]): string {
  const letter = (position: number) => String.fromCharCode(64 + position);
  return tiers.map((tier) => tier.map(letter).join(" = ")).join(" > ") || "–";
}
