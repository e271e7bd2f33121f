import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Awaited, Nothing, Section, TableFrame } from "@/features/console/parts";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { readResults, type Figures } from "./api";

type Share = Figures["gold"];

/** What control items tell of the project, and of each labeler. */
export function ControlResults({ projectId }: { projectId: string }) {
  const { t } = useText();
  const results = useQuery({
    queryKey: ["control-results", projectId],
    queryFn: () => readResults(projectId),
  });
  return (
    <Section title={t("control.view.results")}>
      <Awaited query={results}>
        {(found) =>
          found.labelers.length === 0 ? (
            <Nothing>{t("control.noResults")}</Nothing>
          ) : (
            <TableFrame label={t("control.view.results")}>
              <Table verticalSpacing="xs" horizontalSpacing="md">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.item.labeler")}</Table.Th>
                    <Table.Th>{t("control.gold")}</Table.Th>
                    <Table.Th>{t("control.repeats")}</Table.Th>
                    <Table.Th>{t("control.traps")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  <Row name={t("control.everybody")} figures={found} />
                  {found.labelers.map((row) => (
                    <Row key={row.user_id} name={row.name} figures={row} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <p className={styles.small}>{t("control.resultsHint")}</p>
    </Section>
  );
}

function Row({ name, figures }: { name: string; figures: Figures }) {
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      <ShareCell share={figures.gold} />
      <ShareCell share={figures.repeats} />
      <ShareCell share={figures.traps} />
    </Table.Tr>
  );
}

/** A share with its interval, and of how many items. */
function ShareCell({ share }: { share: Share }) {
  const { t, language } = useText();
  const percent = (value: number | undefined) =>
    value === undefined ? "–" : value.toLocaleString(language, { style: "percent" });
  if (share.share === null) return <Table.Td>–</Table.Td>;
  return (
    <Table.Td className={styles.number}>
      <b>{percent(share.share)}</b>{" "}
      <span className={styles.small}>
        {share.interval && `${percent(share.interval[0])}–${percent(share.interval[1])} · `}
        {t("control.items", { count: share.items })}
      </span>
    </Table.Td>
  );
}
