import { useEffect, useMemo } from "react";
import { useMe } from "@/features/auth/session";
import { putDraft, type Assignment } from "./api";
import { DraftSaver, startingDraft } from "./drafts";

export function draftKey(user: string, slot: string): string {
  return `tiebreak.draft.${user}.${slot}`;
}

export interface DraftHandle {
  /** What to start from: an earlier draft of this slot, if any. */
  start: unknown;
  activeMs: number;
  save: (payload: object) => void;
  /** The work was handed in: send no more. */
  stop: () => void;
}

/** The draft of the item on screen. */
export function useDraft(assignment: Assignment): DraftHandle {
  const me = useMe();
  const handle = useMemo(() => {
    const key = draftKey(me.id, assignment.slot_id);
    const saver = new DraftSaver(
      { put: (revision, payload) => putDraft(assignment, revision, payload) },
      key,
      assignment.draft?.revision ?? 0,
    );
    const start = startingDraft(key, assignment.draft?.payload);
    const spent = (start as { active_ms?: unknown } | undefined)?.active_ms;
    return {
      start,
      activeMs: typeof spent === "number" ? spent : 0,
      save: (payload: object) => saver.save(payload),
      stop: () => saver.stop(),
      flush: () => void saver.flush(),
    };
    // An assignment is never changed in place; its slot names it.
  }, [me.id, assignment.slot_id]);

  useEffect(() => {
    const hide = () => {
      if (document.visibilityState === "hidden") handle.flush();
    };
    document.addEventListener("visibilitychange", hide);
    return () => {
      document.removeEventListener("visibilitychange", hide);
      handle.flush();
    };
  }, [handle]);
  return handle;
}
