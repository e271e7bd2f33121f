import { useEffect, useRef, type ReactNode } from "react";
import { usePreferences } from "@/features/preferences/usePreferences";
import styles from "./ReadingPane.module.css";

interface Props {
  /** How many answers there are. */
  count: number;
  /** How many characters the longest of them has: short ones fit three side by side. */
  longest: number;
  children: ReactNode;
}

const SHORT = 400;

/** How many answers stand side by side where nobody chose: enough room for a line to be read. */
export function columnsFor(count: number, longest: number, chosen: number | null): number {
  if (chosen !== null) return Math.min(chosen, count);
  if (count === 2 || count === 4) return 2;
  return longest <= SHORT ? 3 : 2;
}

/**
 * The answers in full, one, two or three side by side: on one page that scrolls as a whole, or as
 * panes that scroll each on their own or all together.
 */
export function ReadingPane({ count, longest, children }: Props) {
  const { columns, panes, sync_scroll } = usePreferences();
  const element = useRef<HTMLDivElement>(null);
  useSyncedScroll(element, panes && sync_scroll);
  const shown = columnsFor(count, longest, columns);
  return (
    <div
      ref={element}
      className={panes ? styles.panes : styles.page}
      data-columns={shown}
      data-panes={panes}
      data-strip={panes ? "" : undefined}
    >
      {children}
    </div>
  );
}

/** Panes of different length keep step by their share, so that all of them end together. */
function useSyncedScroll(element: React.RefObject<HTMLElement | null>, on: boolean): void {
  useEffect(() => {
    const strip = element.current;
    if (!strip || !on) return undefined;
    let leader: HTMLElement | null = null;
    let release: ReturnType<typeof setTimeout> | undefined;
    const follow = (event: Event) => {
      const pane = event.target;
      if (!(pane instanceof HTMLElement) || pane.dataset.scrolls === undefined) return;
      if (leader !== null && leader !== pane) return; // it follows, it does not lead
      leader = pane;
      clearTimeout(release);
      release = setTimeout(() => {
        leader = null;
      }, 120);
      const share = pane.scrollTop / Math.max(1, pane.scrollHeight - pane.clientHeight);
      for (const other of strip.querySelectorAll<HTMLElement>("[data-scrolls]")) {
        if (other !== pane) other.scrollTop = share * (other.scrollHeight - other.clientHeight);
      }
    };
    strip.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => {
      clearTimeout(release);
      strip.removeEventListener("scroll", follow, { capture: true });
    };
  }, [element, on]);
}
