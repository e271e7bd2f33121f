import { useCallback, useEffect, useMemo, useRef } from "react";
import { paint } from "./highlights";
import { TextMap, colourOf, type Passage, type Span } from "./spans";

/** Where something stands inside the frame, in pixels. */
export interface Place {
  top: number;
  bottom: number;
  left: number;
}

export interface Marks {
  /** The text as it stands; null while it is not all there. */
  map: () => TextMap | null;
  /** Draw again: the text has changed. */
  redraw: () => void;
  /** Draw one passage as the one that is meant now. */
  point: (passage: Passage | null) => void;
  /** Bring a passage into view. */
  show: (passage: Passage) => void;
  place: (passage: Passage, frame: HTMLElement | null) => Place;
}

/** Draws marked passages on a rendered text, and finds passages in it. */
export function useSpans(
  holder: HTMLElement | null,
  spans: readonly Span[],
  flags: readonly string[],
  current: Passage | null,
): Marks {
  const known = useRef<TextMap | null>(null);
  const pointed = useRef<Passage | null>(null);
  const owner = useMemo(() => ({}), []);

  const map = useCallback(() => {
    if (holder?.dataset.complete !== "true") return null;
    return (known.current ??= new TextMap(holder));
  }, [holder]);

  const draw = useCallback(() => {
    const ranges = new Map<string, Range[]>();
    const text = map();
    const add = (name: string, passage: Passage | null) => {
      const found = passage && text?.find(passage);
      if (text && found) ranges.set(name, [...(ranges.get(name) ?? []), text.range(found)]);
    };
    for (const span of spans) add(`mark-${colourOf(span.flag, flags)}`, span);
    add("mark-current", pointed.current ?? current);
    paint(owner, ranges);
  }, [map, spans, flags, current, owner]);

  const redraw = useCallback(() => {
    known.current = null;
    draw();
  }, [draw]);

  useEffect(() => {
    redraw();
    return () => paint(owner, new Map());
  }, [redraw, owner]);

  const range = useCallback(
    (passage: Passage) => {
      const text = map();
      const found = text?.find(passage);
      return text && found ? text.range(found) : undefined;
    },
    [map],
  );

  return useMemo(
    () => ({
      map,
      redraw,
      point: (passage) => {
        pointed.current = passage;
        draw();
      },
      show: (passage) => {
        const element = range(passage)?.startContainer.parentElement;
        element?.scrollIntoView({ block: "nearest" });
      },
      place: (passage, frame) => {
        const box = range(passage)?.getBoundingClientRect();
        const base = frame?.getBoundingClientRect();
        if (!box || !base) return { top: 0, bottom: 0, left: 0 };
        return { top: box.top - base.top, bottom: box.bottom - base.top, left: box.left - base.left };
      },
    }),
    [map, redraw, draw, range],
  );
}
