import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useMe } from "@/features/auth/session";
import {
  submit,
  undoSubmission,
  type Assignment,
  type RankingBody,
} from "@/features/labeling/api";
import { Delivery, LastSent } from "@/features/labeling/Delivery";
import { forgetDraft } from "@/features/labeling/drafts";
import { GuidelinesPanel } from "@/features/labeling/GuidelinesPanel";
import { HelpOverlay } from "@/features/labeling/HelpOverlay";
import { Outbox } from "@/features/labeling/outbox";
import { RankingScreen } from "@/features/labeling/RankingScreen";
import { SkipDialog } from "@/features/labeling/SkipDialog";
import { draftKey } from "@/features/labeling/useDraft";
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
  children: (notices: ReactNode) => ReactNode;
}

/**
 * The ranking screen around one turn: an assignment goes in, a judgment comes out through the outbox,
 * like any other. While nothing is to be ranked it shows its children, the talk.
 */
export function RankTurn(props: Props) {
  const { conversation, turn, lang, panel, onOpen, onClose, children } = props;
  const { t } = useText();
  const me = useMe();
  const { outbox, refresh } = useRankingOutbox(conversation.id, me.id);
  const { unsent } = useStore(outbox);
  const [undoFailed, setUndoFailed] = useState(false);
  const assignment = turn?.assignment ?? null;
  const underway = unsent.some((each) => each.slotId === assignment?.slot_id && !each.refused);

  const onSubmit = useCallback(
    (body: RankingBody) => {
      if (!assignment) return;
      const entry = {
        clientUuid: newUuid(),
        slotId: assignment.slot_id,
        projectId: conversation.project_id,
        body: { ...body, lease_token: assignment.lease_token },
        madeAt: Date.now(),
        attempts: 0,
      };
      outbox.add(entry, assignment);
      forgetDraft(draftKey(me.id, assignment.slot_id));
      setUndoFailed(false);
      window.scrollTo({ top: 0 });
    },
    [assignment, conversation.project_id, me.id, outbox],
  );

  const bringBack = async (clientUuid: string) => {
    setUndoFailed(false);
    try {
      if (unsent.some((each) => each.clientUuid === clientUuid)) outbox.drop(clientUuid);
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
  const lastSent = <LastSent outbox={outbox} onBringBack={(id) => void bringBack(id)} />;

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
  if (!assignment) {
    return children(
      <>
        {notices}
        {lastSent}
      </>,
    );
  }
  return (
    <>
      <RankingScreen
        key={assignment.lease_token}
        assignment={assignment}
        next={null}
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
        onSkipped={() => {
          forgetDraft(draftKey(me.id, assignment.slot_id));
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
  onSkipped: () => void;
}

function Panels({ assignment, lang, panel, onClose, onSkipped }: PanelsProps) {
  return (
    <>
      {panel === "guidelines" && (
        <GuidelinesPanel projectId={assignment.project_id} lang={lang} onClose={onClose} />
      )}
      {panel === "help" && <HelpOverlay lanes={assignment.completions.length} onClose={onClose} />}
      {panel === "skip" && (
        <SkipDialog assignment={assignment} onClose={onClose} onSkipped={onSkipped} />
      )}
    </>
  );
}

/** Judgments on their way; whenever one has arrived the conversation is read again. */
function useRankingOutbox(conversation: string, user: string) {
  const client = useQueryClient();
  const [outbox] = useState(
    () =>
      new Outbox(
        { submit: (entry) => submit(entry.slotId, entry.clientUuid, entry.body) },
        `tiebreak.unsent.${user}.`,
      ),
  );
  const refresh = useCallback(
    () => client.invalidateQueries({ queryKey: ["conversation", conversation] }),
    [client, conversation],
  );
  const { last } = useStore(outbox);
  useEffect(() => {
    outbox.start();
    return () => outbox.stop();
  }, [outbox]);
  useEffect(() => {
    if (last) void refresh();
  }, [last, refresh]);
  return { outbox, refresh };
}
