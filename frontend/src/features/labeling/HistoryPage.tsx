import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { readOwnJudgments, undoSubmission } from "./api";
import styles from "./HistoryPage.module.css";

/** What I have judged here; the latest can still be taken back. */
export default function HistoryPage() {
  const { t, language } = useText();
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const navigate = useNavigate();
  const client = useQueryClient();
  const pages = useInfiniteQuery({
    queryKey: ["my-judgments", projectId],
    queryFn: ({ pageParam }) => readOwnJudgments(projectId, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  // The reopened item is leased to me, so the labeling page gets it from its first claim.
  const undo = useMutation({
    mutationFn: undoSubmission,
    onSuccess: () => navigate(paths.label(projectId)),
    onError: () => client.invalidateQueries({ queryKey: ["my-judgments", projectId] }),
  });
  const rows = pages.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <TopBar title={project.data?.name} />
      <main className={styles.main}>
        <header className={styles.head}>
          <h1>{t("history.title")}</h1>
          <Link to={paths.label(projectId)}>{t("home.label")}</Link>
        </header>
        {undo.isError && <Notice tone="warn">{t("labeling.undoFailed")}</Notice>}
        {pages.isError && <Notice tone="bad">{t("common.failed")}</Notice>}
        {pages.isSuccess && rows.length === 0 && <p className={styles.none}>{t("history.none")}</p>}
        <ul className={styles.list}>
          {rows.map((row) => (
            <li key={row.id} className={styles.row} data-state={row.state}>
              <p className={styles.preview} lang={project.data?.language}>
                {row.prompt_preview}
              </p>
              <p className={styles.meta}>
                <span>{t(`history.kind.${row.kind}`)}</span>
                <time dateTime={row.created_at}>{formatTime(row.created_at, language)}</time>
                {row.state !== "counted" && <span>{t(`history.state.${row.state}`)}</span>}
              </p>
              {row.can_undo && (
                <Button disabled={undo.isPending} onClick={() => undo.mutate(row.client_uuid)}>
                  {t("history.undo")}
                </Button>
              )}
            </li>
          ))}
        </ul>
        {pages.hasNextPage && (
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
      </main>
    </>
  );
}
