import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { underTheBars } from "./bars";
import { looked, readState, settled, type Reading, type ReadState, type Sight } from "./reading";

export interface ReadingWatch {
  /** Where the text of an answer stands on the page; null when it leaves. */
  watch: (id: string, text: HTMLElement | null) => void;
  /** What was seen up to now. */
  now: () => Reading;
  /** Count what is in sight for so many milliseconds. */
  look: (ms: number) => void;
  states: Readonly<Record<string, ReadState>>;
}

/**
 * Watches how far each answer was scrolled through and how long it was in sight. It measures rather
 * than observes intersections: of an answer longer than the window an observer says nothing between
 * its ends.
 */
export function useReading(order: readonly string[], start: Reading): ReadingWatch {
  const texts = useRef(new Map<string, HTMLElement>());
  const reading = useRef(start);
  const [states, setStates] = useState(() => statesOf(start, order));

  const look = useCallback(
    (ms: number) => {
      const before = reading.current;
      const top = underTheBars();
      for (const [id, text] of texts.current) {
        reading.current = looked(reading.current, id, sightOf(text, top), ms);
      }
      if (reading.current === before) return;
      setStates((shown) => {
        const fresh = statesOf(reading.current, order);
        return order.every((id) => shown[id] === fresh[id]) ? shown : fresh;
      });
    },
    [order],
  );

  useEffect(() => {
    let frame = requestAnimationFrame(() => look(0));
    const again = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => look(0));
    };
    window.addEventListener("scroll", again, { passive: true, capture: true });
    window.addEventListener("resize", again);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", again, { capture: true });
      window.removeEventListener("resize", again);
    };
  }, [look]);

  return useMemo(
    () => ({
      watch: (id, text) => {
        if (text) texts.current.set(id, text);
        else texts.current.delete(id);
      },
      now: () => {
        look(0);
        return settled(reading.current);
      },
      look,
      states,
    }),
    [look, states],
  );
}

function statesOf(reading: Reading, order: readonly string[]): Record<string, ReadState> {
  return Object.fromEntries(order.map((id) => [id, readState(reading, id)]));
}

/** Under the bars nothing is seen. */
function sightOf(text: HTMLElement, bars: number): Sight {
  const rect = text.getBoundingClientRect();
  let top = bars;
  let bottom = window.innerHeight;
  let [left, right] = [0, window.innerWidth];
  for (const around of [text.closest("[data-scrolls]"), text.closest("[data-strip]")]) {
    if (!around) continue;
    const frame = around.getBoundingClientRect();
    [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
    [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
  }
  const across = Math.min(rect.right, right) - Math.max(rect.left, left) > rect.width / 2;
  const shown = across ? Math.min(rect.bottom, bottom) - Math.max(rect.top, top) : 0;
  // A very long text is put on the page piece by piece: its height is not known yet.
  const isWhole = text.querySelector('[data-long="true"][data-complete="false"]') === null;
  return {
    height: isWhole ? rect.height : rect.height * 10,
    seenTo: Math.min(rect.bottom, bottom) - rect.top,
    shown,
    window: bottom - top,
  };
}
