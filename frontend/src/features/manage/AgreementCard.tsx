import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Awaited, Nothing, Section, TableFrame } from "@/features/console/parts";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { readAgreement } from "./api";
import styles from "./manage.module.css";

/** How often two people who ranked the same item agree on a pair. */
export function AgreementCard({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const agreement = useQuery({
    queryKey: ["agreement", projectId],
    queryFn: () => readAgreement(projectId),
  });
  const percent = (share: number | null) =>
    share === null ? "–" : share.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  if (agreement.error instanceof Problem && agreement.error.status === 404) return null;
  return (
    <Section title={t("manage.agreement.title")}>
      <Awaited query={agreement}>
        {(found) =>
          found.pairs === 0 ? (
            <Nothing>{t("manage.agreement.none")}</Nothing>
          ) : (
            <>
              <p>
                <span className={styles.big}>{percent(found.agreement)}</span>{" "}
                <span className="muted">
                  {found.interval &&
                    t("manage.agreement.interval", {
                      low: percent(found.interval[0] ?? null),
                      high: percent(found.interval[1] ?? null),
                    })}
                  {" · "}
                  {t("manage.agreement.pairs", { count: found.pairs })}
                </span>
              </p>
              <TableFrame label={t("manage.agreement.title")}>
                <Table verticalSpacing="xs" horizontalSpacing="md">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("manage.item.labeler")}</Table.Th>
                      <Table.Th>{t("manage.agreement.title")}</Table.Th>
                      <Table.Th>{t("manage.agreement.pairCount")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {found.labelers.map((labeler) => (
                      <Table.Tr key={labeler.id}>
                        <Table.Td>{labeler.name}</Table.Td>
                        <Table.Td className={styles.number}>{percent(labeler.agreement)}</Table.Td>
                        <Table.Td className={styles.number}>{labeler.pairs.toLocaleString(language)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </TableFrame>
            </>
          )
        }
      </Awaited>
    </Section>
  );
}
