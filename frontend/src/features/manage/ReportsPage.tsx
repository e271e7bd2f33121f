import { SegmentedControl } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, More, Nothing, PageHead, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { dismissReport, readReports, upholdReport, type ReportRow, type ReportState } from "./api";
import styles from "./manage.module.css";

const STATES: readonly ReportState[] = ["open", "upheld", "dismissed"];
const TONES = { open: "busy", upheld: "bad", dismissed: "good" } as const;

/** What labelers took out of circulation, for somebody to decide. */
export function ReportsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const state = STATES.find((each) => each === search.get("state")) ?? "open";
  const lang = useProject(projectId).data?.language ?? "";
  const reports = usePages(["reports", projectId, state], () => readReports(projectId, state));
  return (
    <>
      <PageHead title={t("manage.reports.title")} lead={t("manage.reports.lead")} />
      <div>
        <SegmentedControl
          aria-label={t("manage.items.state")}
          data={STATES.map((value) => ({ value, label: t(`manage.reports.is.${value}`) }))}
          value={state}
          onChange={(value) => setSearch({ state: value }, { replace: true })}
        />
      </div>
      <Awaited query={reports}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t(state === "open" ? "manage.reports.noneOpen" : "manage.reports.none")}</Nothing>
          ) : (
            <>
              {rows.map((row) => (
                <ReportCard key={row.id} row={row} projectId={projectId} lang={lang} />
              ))}
            </>
          )
        }
      </Awaited>
      <More query={reports} />
    </>
  );
}

function ReportCard({ row, projectId, lang }: { row: ReportRow; projectId: string; lang: string }) {
  const { t, language } = useText();
  const { act } = useAct([["reports", projectId], ["items", projectId], ["item", row.item_id]]);
  const facts = [
    row.labeler_name,
    formatTime(row.created_at, language),
    row.state === "open" && t("manage.reports.waiting", { count: row.waiting }),
    row.decided_by_name && t("manage.reports.decidedBy", { name: row.decided_by_name }),
  ].filter(Boolean);
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <b>{t(`report.reason.${row.reason}`)}</b>
        <Tag tone={TONES[row.state ?? "open"]}>{t(`manage.reports.is.${row.state ?? "open"}`)}</Tag>
      </header>
      <Link to={paths.manage(projectId, `items/${row.item_id}`)} className={styles.preview} lang={lang}>
        {row.prompt_preview || t("manage.items.emptyPrompt")}
      </Link>
      <p>{t(row.completion_id === null ? "manage.reports.thePrompt" : "manage.reports.theAnswer")}</p>
      {row.completion_text !== null && (
        <blockquote className={styles.quote} lang={lang} dir="auto">
          {row.completion_text}
        </blockquote>
      )}
      {row.note && (
        <p dir="auto">
          {t("manage.reports.note")} {row.note}
        </p>
      )}
      <p className={styles.small}>{facts.join(" · ")}</p>
      {row.state === "open" && (
        <div className={styles.acts}>
          <ConfirmButton
            label={t("manage.reports.uphold")}
            question={t("manage.reports.upholdQuestion")}
            danger
            onConfirm={() => act(() => upholdReport(row.id))}
          />
          <ConfirmButton
            label={t("manage.reports.dismiss")}
            question={t("manage.reports.dismissQuestion")}
            onConfirm={() => act(() => dismissReport(row.id))}
          />
        </div>
      )}
    </article>
  );
}
