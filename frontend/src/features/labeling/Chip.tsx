import { draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { placeWords } from "./announcements";
import type { Place } from "./board";
import styles from "./Rail.module.css";
import type { Slot } from "./railLayout";

interface Props {
  id: string;
  letter: string;
  place: Place;
  at: Slot | undefined;
  /** The tier its grades speak for; it is not placed there. */
  suggested: Place | undefined;
  focused: boolean;
  onFocus: (id: string) => void;
  children: ReactNode;
}

/** An answer as it is ordered: its letter and what was said of it. */
export function Chip({ id, letter, place, at, suggested, focused, onFocus, children }: Props) {
  const { t } = useText();
  const element = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!element.current || !handle.current) return undefined;
    return draggable({
      element: element.current,
      dragHandle: handle.current,
      getInitialData: () => ({ completion: id }),
    });
  }, [id]);
  // A chip lies over its lane, so what is dropped on it is meant for that lane.
  const lane = suggested ?? place;
  useEffect(() => {
    if (!element.current) return undefined;
    return dropTargetForElements({ element: element.current, getData: () => ({ place: lane }) });
  }, [lane]);
  const state =
    suggested === undefined
      ? placeWords(t, place)
      : t("labeling.suggestedFor", { lane: placeWords(t, suggested) });
  return (
    <div
      ref={element}
      className={styles.chip}
      data-chip={letter}
      data-focused={focused}
      data-suggested={suggested !== undefined}
      style={{ gridRow: at?.row, gridColumn: at?.column }}
    >
      <span ref={handle} className={styles.handle} aria-hidden="true" data-handle={letter} />
      <button
        type="button"
        className={styles.chipButton}
        aria-label={t("labeling.answerIs", { letter, state })}
        onClick={() => onFocus(id)}
      >
        <span className={styles.letter}>{letter}</span>
        {children}
      </button>
    </div>
  );
}
