import { Group, Select, Table } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { ANSWERS, readNotes, type NoteRow } from "./api";
import styles from "./review.module.css";

/** What labelers were told about their work, and what they answered; newest first. The filter lives in the address. */
export function GivenNotes({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const answer = ANSWERS.find((each) => each === search.get("answer"));
  const notes = usePages(["given-notes", projectId, answer], () => readNotes(projectId, answer));
  return (
    <>
      <Group gap="sm">
        <Select
          aria-label={t("review.given.answer")}
          placeholder={t("review.given.any")}
          data={ANSWERS.map((value) => ({ value, label: t(`review.given.answered.${value}`) }))}
          value={answer ?? null}
          onChange={(value) =>
            setSearch({ view: "notes", ...(value ? { answer: value } : {}) }, { replace: true })
          }
          clearable
        />
      </Group>
      <Awaited query={notes}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t(answer ? "review.given.noneSuch" : "review.given.none")}</Nothing>
          ) : (
            <TableFrame label={t("review.given.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md" miw={720}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.items.prompt")}</Table.Th>
                    <Table.Th>{t("manage.item.labeler")}</Table.Th>
                    <Table.Th>{t("review.given.note")}</Table.Th>
                    <Table.Th>{t("review.given.answer")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Given key={row.id} projectId={projectId} row={row} />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={notes} />
    </>
  );
}

function Given({ projectId, row }: { projectId: string; row: NoteRow }) {
  const { t, language } = useText();
  const lang = useProject(projectId).data?.language;
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={paths.manage(projectId, `review/${row.item}`)} className={styles.preview} lang={lang}>
          <VisibleText text={row.prompt_preview || "…"} />
        </Link>
      </Table.Td>
      <Table.Td>{row.labeler_name}</Table.Td>
      <Table.Td>
        {t(`review.noteReason.${row.reason}`)}
        {row.message && <p className={styles.said}>{row.message}</p>}
        <span className={styles.small}>
          {formatTime(row.created_at, language)} · {row.author_name}
        </span>
      </Table.Td>
      <Table.Td>
        {row.answer ? (
          <>
            <Tag tone={row.answer === "dispute" ? "bad" : "calm"}>{t(`review.given.answered.${row.answer}`)}</Tag>
            <p className={styles.said}>{row.answer_text}</p>
          </>
        ) : (
          <span className={styles.small}>{t(row.read_at ? "review.given.read" : "review.given.unread")}</span>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
