import { useEffect, useState } from "react";
import { currentLanguage } from "@/lib/i18n";
import { keysUnder } from "@/lib/storage";
import { claim, heartbeat, submit } from "./api";
import { forgetOldDrafts } from "./drafts";
import { Outbox } from "./outbox";
import { WorkQueue } from "./queue";

export interface LabelingSession {
  queue: WorkQueue;
  outbox: Outbox;
}

/** One tab's work on one project: what is on screen and what is on its way. */
export function useLabelingSession(projectId: string, userId: string): LabelingSession {
  const [session] = useState(() => open(projectId, userId));
  useEffect(() => {
    forgetOldDrafts(keysUnder(`tiebreak.draft.${userId}.`));
    session.outbox.start();
    session.queue.start();
    return () => {
      session.queue.stop();
      session.outbox.stop();
    };
  }, [session, userId]);
  return session;
}

function open(projectId: string, userId: string): LabelingSession {
  const outbox = new Outbox(
    { submit: (entry) => submit(entry.slotId, entry.clientUuid, entry.body) },
    `tiebreak.unsent.${userId}.`,
  );
  const queue = new WorkQueue(
    { claim: (holding) => claim(projectId, holding, currentLanguage()), heartbeat },
    () => outbox.slots(),
  );
  return { queue, outbox };
}
