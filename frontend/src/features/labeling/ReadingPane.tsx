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

const STILL_AFTER = 20; // frames

/**
 * Panes of different length keep step by their share, so that all of them end together. Who begins
 * leads until all stand still; a text that is laid out only when it is seen grows meanwhile.
 */
function useSyncedScroll(element: React.RefObject<HTMLElement | null>, on: boolean): void {
  useEffect(() => {
    const strip = element.current;
    if (!strip || !on) return undefined;
    let leader: HTMLElement | null = null;
    let frames = 0;
    let next = 0;
    const keepStep = () => {
      if (leader === null) return;
      frames = align(strip, leader) ? STILL_AFTER : frames - 1;
      if (frames > 0) next = requestAnimationFrame(keepStep);
      else leader = null;
    };
    const follow = (event: Event) => {
      const pane = event.target;
      if (!(pane instanceof HTMLElement) || pane.dataset.scrolls === undefined) return;
      frames = STILL_AFTER;
      if (leader !== null) return; // it follows, it does not lead
      leader = pane;
      keepStep();
    };
    strip.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => {
      leader = null;
      cancelAnimationFrame(next);
      strip.removeEventListener("scroll", follow, { capture: true });
    };
  }, [element, on]);
}

/** Bring the others to the leader's share; says whether any had to move. */
function align(strip: HTMLElement, leader: HTMLElement): boolean {
  const share = leader.scrollTop / Math.max(1, leader.scrollHeight - leader.clientHeight);
  let moved = false;
  for (const other of strip.querySelectorAll<HTMLElement>("[data-scrolls]")) {
    if (other === leader) continue;
    const wanted = share * (other.scrollHeight - other.clientHeight);
    if (Math.abs(other.scrollTop - wanted) < 1) continue;
    other.scrollTop = wanted;
    moved = true;
  }
  return moved;
}
