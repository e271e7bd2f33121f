import { useEffect, useRef } from "react";
import type { Passage } from "./spans";
import type { Marks } from "./useSpans";

const SETTLED_MS = 250;

/** Tells of a passage that was selected on the page, by pointer, finger or caret, once it is done. */
export function useSelectedPassage(holder: HTMLElement | null, marks: Marks, found: (passage: Passage) => void): void {
  const last = useRef<Passage | null>(null);
  useEffect(() => {
    if (!holder) return undefined;
    let held = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const selection = document.getSelection();
      const range = selection?.isCollapsed === false && selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
      const passage = range && (marks.map()?.passage(range) ?? null);
      const known = passage?.start === last.current?.start && passage?.end === last.current?.end;
      last.current = passage;
      if (passage && !known) found(passage);
    };
    const soon = () => {
      clearTimeout(timer);
      if (!held) timer = setTimeout(look, SETTLED_MS);
    };
    const down = (event: PointerEvent) => (held = event.pointerType === "mouse");
    const up = () => {
      held = false;
      soon();
    };
    document.addEventListener("selectionchange", soon);
    document.addEventListener("pointerdown", down);
    document.addEventListener("pointerup", up);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("selectionchange", soon);
      document.removeEventListener("pointerdown", down);
      document.removeEventListener("pointerup", up);
    };
  }, [holder, marks, found]);
}
