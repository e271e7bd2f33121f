import { Anchor, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, TableFrame } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import styles from "@/features/manage/manage.module.css";
import { formatBytes, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { archiveAddress, readDatasets } from "./api";

/** Written datasets, newest first. */
export function Datasets({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const datasets = usePages(["datasets", projectId], () => readDatasets(projectId));
  return (
    <>
      <Awaited query={datasets}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("exports.none")}</Nothing>
          ) : (
            <TableFrame label={t("exports.datasets")}>
              <Table horizontalSpacing="md" miw={620}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("exports.from")}</Table.Th>
                    <Table.Th>{t("exports.digest")}</Table.Th>
                    <Table.Th>{t("exports.size")}</Table.Th>
                    <Table.Th>{t("console.created")}</Table.Th>
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Table.Tr key={row.id}>
                      <Table.Td>
                        <Link to={paths.manage(projectId, `exports/${row.id}`)}>
                          {t("exports.ofSnapshot", { number: row.snapshot_number })}
                        </Link>
                      </Table.Td>
                      <Table.Td>
                        <code>{row.digest.slice(0, 12)}</code>
                      </Table.Td>
                      <Table.Td className={styles.number}>{formatBytes(row.bytes, language)}</Table.Td>
                      <Table.Td className={styles.stay}>{formatTime(row.created_at, language)}</Table.Td>
                      <Table.Td>
                        <Anchor href={archiveAddress(row.id)} download>
                          {t("exports.download")}
                        </Anchor>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={datasets} />
    </>
  );
}
