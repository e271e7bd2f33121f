import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import type { Panel } from "@/features/labeling/LabelPage";
import { useShownKey } from "@/features/labeling/useShownKey";
import { useProject } from "@/features/projects/queries";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { say, useConversation, type Conversation } from "./api";
import styles from "./ChatPage.module.css";
import { EndDialog } from "./EndDialog";
import { Mailbox } from "./mailbox";
import { RankTurn } from "./RankTurn";
import { Talk } from "./Talk";
import { taskOf, toRank } from "./turns";

export type ChatPanel = Panel | "end";

/** One conversation: talk, wait, rank, choose, talk on. */
export default function ChatPage() {
  const { projectId = "", conversationId = "" } = useParams();
  return <Open key={conversationId} projectId={projectId} id={conversationId} />;
}

function Open({ projectId, id }: { projectId: string; id: string }) {
  const { t } = useText();
  const keyOf = useShownKey();
  const project = useProject(projectId);
  const conversation = useConversation(id);
  const mailbox = useMailbox(id);
  const { sending } = useStore(mailbox);
  const [panel, setPanel] = useState<ChatPanel | null>(null);
  const found = conversation.data;
  const lang = project.data?.language ?? "";
  const close = useCallback(() => setPanel(null), []);
  const number = (found?.turns.length ?? 0) + (sending ? 1 : 0);
  const ranking = found && found.ended_at === null ? toRank(found) : undefined;
  return (
    <div className={styles.page}>
      <TopBar title={project.data?.name}>
        {ranking && (
          <>
            <Button kind="quiet" hint={keyOf("guidelines")} onClick={() => setPanel("guidelines")}>
              {t("labeling.guidelines")}
            </Button>
            <Button kind="quiet" hint={keyOf("help")} onClick={() => setPanel("help")}>
              {t("labeling.keys")}
            </Button>
          </>
        )}
      </TopBar>
      <nav className={styles.bar} aria-label={t("chat.page")}>
        <Link to={paths.chat(projectId)}>{t("chat.all")}</Link>
        {found && number > 0 && (
          <span className={styles.quiet}>
            {t("chat.turnOf", { number, most: found.most_turns })}
          </span>
        )}
        {found && found.ended_at === null && (
          <Button kind="quiet" className={styles.end} onClick={() => setPanel("end")}>
            {t("chat.end")}
          </Button>
        )}
      </nav>
      <main className={styles.main}>
        <h1 className="srOnly">{t("chat.page")}</h1>
        {!found && conversation.isError && (
          <div className={styles.column}>
            <Notice tone="bad">{t("common.failed")}</Notice>
          </div>
        )}
        {!found && conversation.isPending && <p role="status">{t("common.loading")}</p>}
        {found && (
          <RankTurn
            conversation={found}
            turn={ranking}
            lang={lang}
            panel={panel}
            onOpen={setPanel}
            onClose={close}
          >
            {(notices, lastSent) => (
              <Talk
                conversation={found}
                readAt={conversation.dataUpdatedAt}
                task={taskOf(found)}
                mailbox={mailbox}
                lang={lang}
                notices={notices}
                lastSent={lastSent}
              />
            )}
          </RankTurn>
        )}
      </main>
      {panel === "end" && found && <EndDialog conversation={found} onClose={close} />}
    </div>
  );
}

/** What is written and not yet arrived, for this person and this conversation. */
function useMailbox(id: string): Mailbox {
  const me = useMe();
  const client = useQueryClient();
  const mailbox = useMemo(
    () =>
      new Mailbox(
        `tiebreak.chat.${me.id}.${id}`,
        (message) => say(id, message),
        (conversation: Conversation) => {
          client.setQueryData(["conversation", id], conversation);
          void client.invalidateQueries({ queryKey: ["conversations"] });
        },
      ),
    [client, id, me.id],
  );
  useEffect(() => {
    mailbox.start();
    return () => mailbox.stop();
  }, [mailbox]);
  return mailbox;
}
