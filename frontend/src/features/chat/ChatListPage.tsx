import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { startConversation, useChatDoor, useConversations } from "./api";
import styles from "./ChatListPage.module.css";
import { problemKey } from "./problems";

/** My conversations in a project, and the way to a new one. */
export default function ChatListPage() {
  const { projectId = "" } = useParams();
  const { t, language } = useText();
  const project = useProject(projectId);
  const door = useChatDoor(projectId);
  const pages = useConversations(projectId);
  const navigate = useNavigate();
  const client = useQueryClient();
  const intent = useRef(newUuid()); // pressing twice starts one
  const start = useMutation({
    mutationFn: () => startConversation(projectId, intent.current),
    onSuccess: (made) => {
      client.setQueryData(["conversation", made.id], made);
      navigate(paths.conversation(projectId, made.id));
    },
  });
  const rows = pages.data?.pages.flatMap((page) => page.results) ?? [];
  const { is_open: isOpen, must_qualify: mustQualify, conversations_left: left = 0 } = door.data ?? {};
  const mayStart = isOpen === true && !mustQualify && left > 0;
  return (
    <>
      <TopBar title={project.data?.name} />
      <main className={styles.main}>
        <header className={styles.head}>
          <h1>{t("chat.title")}</h1>
          <Button kind="primary" disabled={!mayStart || start.isPending} onClick={() => start.mutate()}>
            {t("chat.start")}
          </Button>
        </header>
        <p className={styles.lead}>{t("chat.lead")}</p>
        {isOpen === false && <Notice tone="warn">{t("chat.closed")}</Notice>}
        {isOpen && mustQualify && (
          <Notice
            tone="calm"
            actions={<Link to={paths.label(projectId)}>{t("home.label")}</Link>}
          >
            {t("chat.problem.notQualified")}
          </Notice>
        )}
        {isOpen && !mustQualify && <p className={styles.left}>{t("chat.left", { count: left })}</p>}
        {start.isError && <Notice tone="bad">{t(problemKey(start.error))}</Notice>}
        {pages.isError && <Notice tone="bad">{t("common.failed")}</Notice>}
        {pages.isSuccess && rows.length === 0 && <p className={styles.none}>{t("chat.none")}</p>}
        <ul className={styles.list}>
          {rows.map((row) => (
            <li key={row.id}>
              <Link to={paths.conversation(projectId, row.id)} className={styles.row}>
                <span className={styles.title} lang={row.title ? project.data?.language : undefined}>
                  {row.title || t("chat.untitled")}
                </span>
                <span className={styles.meta}>
                  <span>{t("chat.turns", { count: row.turns })}</span>
                  <time dateTime={row.created_at}>{formatTime(row.created_at, language)}</time>
                  {row.ended_at !== null && <span>{t("chat.ended")}</span>}
                </span>
              </Link>
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
