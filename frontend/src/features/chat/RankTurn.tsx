import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { undoSubmission, type Assignment, type RankingBody } from "@/features/labeling/api";
import { Delivery, LastSent } from "@/features/labeling/Delivery";
import { GuidelinesPanel } from "@/features/labeling/GuidelinesPanel";
import { KeysDialog } from "@/features/labeling/KeysDialog";
import { ModeScreen } from "@/features/labeling/modes/ModeScreen";
import { ReportDialog } from "@/features/labeling/ReportDialog";
import { SkipDialog } from "@/features/labeling/SkipDialog";
import { useWorkplace } from "@/features/labeling/workplace";
import { newUuid } from "@/lib/ids";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import type { Conversation, Turn } from "./api";
import type { ChatPanel } from "./ChatPage";
import styles from "./ChatPage.module.css";

interface Props {
  conversation: Conversation;
  /** The turn to rank; without one there is only talk. */
  turn: Turn | undefined;
  lang: string;
  panel: ChatPanel | null;
  onOpen: (panel: ChatPanel) => void;
  onClose: () => void;
  children: (notices: ReactNode, lastSent: ReactNode) => ReactNode;
}

/**
 * The ranking screen around one turn: an assignment goes in, a judgment comes out through the outbox,
 * like any other. While nothing is to be ranked it shows its children, the talk.
 */
export function RankTurn(props: Props) {
  const { conversation, turn, lang, panel, onOpen, onClose, children } = props;
  const { t } = useText();
  const { outbox, journal, desk } = useWorkplace();
  const { unsent, last } = useStore(outbox);
  const { ready } = useStore(journal);
  const { turn: draftTurn } = useStore(desk);
  const refresh = useRefreshOnArrival(conversation.id);
  const [undoFailed, setUndoFailed] = useState(false);
  const [sentHere, setSentHere] = useState<readonly string[]>([]);
  const assignment = turn?.assignment ?? null;
  // It is out of the labeler's hands until the conversation, read again, says what became of it.
  const underway =
    unsent.some((each) => each.slotId === assignment?.slot_id && !each.refused) ||
    (assignment !== null && last?.slotId === assignment.slot_id);

  const onSubmit = useCallback(
    (body: RankingBody) => {
      if (!assignment) return;
      const { slot_id: slotId, lease_token, project_id: projectId } = assignment;
      const entry = {
        clientUuid: newUuid(),
        slotId,
        projectId,
        body: { ...body, lease_token },
        madeAt: Date.now(),
        attempts: 0,
        draft: journal.get("draft", slotId) ?? null,
      };
      void outbox.add(entry, assignment);
      setSentHere((before) => [...before, slotId]);
      setUndoFailed(false);
      window.scrollTo({ top: 0 });
    },
    [assignment, journal, outbox],
  );

  const bringBack = async (clientUuid: string) => {
    setUndoFailed(false);
    try {
      const waiting = unsent.find((each) => each.clientUuid === clientUuid);
      if (waiting) await outbox.drop(waiting, waiting.draft);
      else await undoSubmission(clientUuid);
      outbox.forgetLast();
      await refresh();
    } catch {
      setUndoFailed(true);
    }
  };

  const notices = (
    <>
      {undoFailed && <Notice tone="warn">{t("labeling.undoFailed")}</Notice>}
      <Delivery outbox={outbox} onBringBack={(id) => void bringBack(id)} />
    </>
  );
  const lastSent = last && sentHere.includes(last.slotId) && (
    <LastSent outbox={outbox} onBringBack={(id) => void bringBack(id)} />
  );

  if (!ready) return <p role="status">{t("common.loading")}</p>;
  if (assignment && underway) {
    return (
      <div className={styles.column}>
        {notices}
        <p role="status" className={styles.quiet}>
          {t("chat.sendingOrder")}
        </p>
      </div>
    );
  }
  if (!assignment) return children(notices, lastSent);
  return (
    <>
      <ModeScreen
        key={`${assignment.lease_token}.${draftTurn}`}
        assignment={assignment}
        lang={lang}
        panelOpen={panel !== null}
        onOpen={onOpen}
        onSubmit={onSubmit}
        notices={notices}
        lastSent={lastSent}
      />
      <Panels
        assignment={assignment}
        lang={lang}
        panel={panel}
        onClose={onClose}
        onReported={() => {
          onClose();
          void refresh();
        }}
        onSkipped={() => {
          desk.discard(assignment.slot_id);
          onClose();
          void refresh();
        }}
      />
    </>
  );
}

interface PanelsProps {
  assignment: Assignment;
  lang: string;
  panel: ChatPanel | null;
  onClose: () => void;
  onReported: () => void;
  onSkipped: () => void;
}

function Panels({ assignment, lang, panel, onClose, onReported, onSkipped }: PanelsProps) {
  return (
    <>
      {panel === "guidelines" && (
        <GuidelinesPanel projectId={assignment.project_id} lang={lang} onClose={onClose} />
      )}
      {panel === "help" && <KeysDialog assignment={assignment} onClose={onClose} />}
      {panel === "report" && (
        <ReportDialog assignment={assignment} lang={lang} onClose={onClose} onReported={onReported} />
      )}
      {panel === "skip" && (
        <SkipDialog assignment={assignment} onClose={onClose} onSkipped={onSkipped} />
      )}
    </>
  );
}

/** Whenever a judgment has arrived, from whichever tab, the conversation is read again. */
function useRefreshOnArrival(conversation: string) {
  const client = useQueryClient();
  const { outbox } = useWorkplace();
  const { arrivals } = useStore(outbox);
  const refresh = useCallback(
    () => client.invalidateQueries({ queryKey: ["conversation", conversation] }),
    [client, conversation],
  );
  useEffect(() => {
    if (arrivals > 0) void refresh();
  }, [arrivals, refresh]);
  return refresh;
}
