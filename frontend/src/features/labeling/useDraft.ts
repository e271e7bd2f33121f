import { useEffect, useMemo, useRef } from "react";
import type { Assignment } from "./api";
import { useWorkplace } from "./workplace";

export interface DraftHandle {
  /** What to start from: an earlier draft of this slot, if any. */
  start: unknown;
  activeMs: number;
  save: (payload: object) => void;
  /** The work was handed in: send no more. */
  stop: () => void;
}

const TOUCH_MS = 10_000;

/**
 * The draft of the item on screen. `read` gives the payload as it stands: it is kept now and then
 * without any change, and when the page is left, so that the time spent survives a reload.
 */
export function useDraft(assignment: Assignment, read?: () => object): DraftHandle {
  const { desk } = useWorkplace();
  // An assignment is never changed in place; its lease names it.
  const saver = useMemo(() => desk.open(assignment), [desk, assignment.lease_token]);
  const latest = useRef(read);
  latest.current = read;

  useEffect(() => {
    desk.show(saver);
    const touch = () => {
      if (latest.current) saver.touch(latest.current());
    };
    const hide = () => {
      if (document.visibilityState !== "hidden") return;
      touch();
      void saver.flush();
    };
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") touch();
    }, TOUCH_MS);
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", touch);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", touch);
      void saver.flush();
    };
  }, [desk, saver]);

  return useMemo(() => {
    const spent = (saver.start as { active_ms?: unknown } | undefined)?.active_ms;
    return {
      start: saver.start,
      activeMs: typeof spent === "number" ? spent : 0,
      save: (payload: object) => saver.save(payload),
      stop: () => saver.stop(),
    };
  }, [saver]);
}
