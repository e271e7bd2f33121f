import { Select, Table } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, Section, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import styles from "@/features/manage/manage.module.css";
import { useProject } from "@/features/projects/queries";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readOpinions, REASONS, type Opinion } from "./api";

/** Which further opinions were bought, on which items and why; newest first. */
export function OpinionsList({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const reason = REASONS.find((each) => each === search.get("reason"));
  const opinions = usePages(["opinions", projectId, reason], () =>
    readOpinions(projectId, reason ? { reason } : {}),
  );
  const choose = (value: string | null) => setSearch(value ? { reason: value } : {}, { replace: true });
  return (
    <Section title={t("overlap.opinions")}>
      <Select
        aria-label={t("overlap.why")}
        placeholder={t("overlap.anyReason")}
        data={REASONS.map((value) => ({ value, label: t(`overlap.reason.${value}`) }))}
        value={reason ?? null}
        onChange={choose}
        clearable
        clearButtonProps={{ "aria-label": t("explorer.clear") }}
        maw={320}
      />
      <Awaited query={opinions}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("overlap.none")}</Nothing>
          ) : (
            <TableFrame label={t("overlap.opinions")}>
              <Table verticalSpacing="sm" horizontalSpacing="md" miw={640}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.items.prompt")}</Table.Th>
                    <Table.Th>{t("overlap.why")}</Table.Th>
                    <Table.Th>{t("overlap.risk")}</Table.Th>
                    <Table.Th>{t("manage.items.state")}</Table.Th>
                    <Table.Th>{t("console.created")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <OneOpinion key={row.id} projectId={projectId} row={row} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={opinions} />
    </Section>
  );
}

function OneOpinion({ projectId, row }: { projectId: string; row: Opinion }) {
  const { t, language } = useText();
  const project = useProject(projectId);
  return (
    <Table.Tr>
      <Table.Td>
        <Link
          to={paths.manage(projectId, `items/${row.item}`)}
          className={styles.preview}
          lang={project.data?.language}
        >
          {row.prompt_preview ? <VisibleText text={row.prompt_preview} /> : t("manage.item.title")}
        </Link>
      </Table.Td>
      <Table.Td>
        {t(`overlap.reason.${row.reason}`)}{" "}
        <span className={styles.small}>{t("overlap.after", { count: row.judged })}</span>
      </Table.Td>
      <Table.Td>{row.risk.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 })}</Table.Td>
      <Table.Td>
        <Tag tone={row.is_in ? "good" : "busy"}>{t(row.is_in ? "overlap.isIn" : "overlap.isWaiting")}</Tag>
      </Table.Td>
      <Table.Td>{formatTime(row.created_at, language)}</Table.Td>
    </Table.Tr>
  );
}
