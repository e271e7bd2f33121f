import { Button, Table } from "@mantine/core";
import { Link } from "react-router";
import { Awaited, Nothing, PageHead, Section, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { ImportSection } from "@/features/imports/ImportSection";
import { ImportTag } from "@/features/imports/RunReport";
import { VisibleText } from "@/features/text/VisibleText";
import { readRuns } from "@/features/train/api";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import styles from "./manage.module.css";

/** Files in, in many formats. */
export function ImportPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  return (
    <>
      <PageHead title={t("manage.data.title")} lead={t("manage.data.lead")} />
      <Section title={t("manage.data.import")}>
        <ImportSection projectId={projectId} />
      </Section>
      <Section title={t("manage.data.earlier")}>
        <EarlierImports projectId={projectId} />
      </Section>
    </>
  );
}

function EarlierImports({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const runs = usePages(["runs", projectId, "imports"], () => readRuns(projectId, { kind: "import" }), 5_000);
  return (
    <Awaited query={runs}>
      {(rows) =>
        rows.length === 0 ? (
          <Nothing>{t("manage.data.noImports")}</Nothing>
        ) : (
          <TableFrame label={t("manage.data.earlier")}>
            <Table verticalSpacing="xs" horizontalSpacing="md" miw={560}>
              <Table.Tbody>
                {rows.map((run) => (
                  <Table.Tr key={run.id}>
                    <Table.Td className={styles.number}>{run.number}</Table.Td>
                    <Table.Td>
                      <VisibleText text={String(run.config.filename ?? "")} most={120} />{" "}
                      {run.config.dry_run === true && <Tag>{t("manage.data.check")}</Tag>}
                    </Table.Td>
                    <Table.Td>
                      <ImportTag run={run} />
                    </Table.Td>
                    <Table.Td className={styles.number}>{formatTime(run.created_at, language)}</Table.Td>
                    <Table.Td>
                      <Button component={Link} to={`?run=${run.id}`} size="xs" variant="default">
                        {t("manage.data.show")}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        )
      }
    </Awaited>
  );
}
