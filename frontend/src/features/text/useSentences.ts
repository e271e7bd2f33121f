import { useCallback, useMemo, useRef, useState } from "react";
import type { Passage } from "./spans";
import type { Marks } from "./useSpans";

interface Choice {
  from: number;
  to: number;
}

export interface Sentences {
  /** What is chosen, while choosing. */
  chosen: Passage | null;
  /** Begin with the first sentence that is in view; false where there is none. */
  start: () => boolean;
  stop: () => void;
  /** What each key does while choosing. */
  keys: Record<string, () => void>;
}

/** A passage chosen without a pointer: one sentence or several that follow each other. */
export function useSentences(marks: Marks, lang: string | undefined): Sentences {
  const all = useRef<Passage[]>([]);
  const at = useRef<Choice | null>(null);
  const [chosen, setChosen] = useState<Passage | null>(null);

  const choose = useCallback(
    (choice: Choice | null) => {
      at.current = choice;
      const passage = choice && spanned(all.current, choice, marks.map()?.text ?? "");
      setChosen(passage);
      marks.point(passage);
      if (passage) marks.show(passage);
    },
    [marks],
  );

  const start = useCallback(() => {
    const map = marks.map();
    all.current = map?.sentences(lang) ?? [];
    if (all.current.length === 0) return false;
    const visible = all.current.findIndex((each) => map!.range(each).getBoundingClientRect().top >= 0);
    choose({ from: Math.max(0, visible), to: Math.max(0, visible) });
    return true;
  }, [marks, lang, choose]);

  const stop = useCallback(() => choose(null), [choose]);

  const keys = useMemo(() => {
    const last = () => all.current.length - 1;
    const move = (by: number) => () => {
      const from = Math.min(Math.max((at.current?.from ?? 0) + by, 0), last());
      choose({ from, to: from });
    };
    const extend = (by: number) => () => {
      const { from, to } = at.current ?? { from: 0, to: 0 };
      choose({ from, to: Math.min(Math.max(to + by, from), last()) });
    };
    return {
      ArrowRight: move(1),
      ArrowDown: move(1),
      ArrowLeft: move(-1),
      ArrowUp: move(-1),
      "Shift+ArrowRight": extend(1),
      "Shift+ArrowDown": extend(1),
      "Shift+ArrowLeft": extend(-1),
      "Shift+ArrowUp": extend(-1),
    };
  }, [choose]);

  return { chosen, start, stop, keys };
}

function spanned(all: Passage[], { from, to }: Choice, text: string): Passage | null {
  const [first, last] = [all[from], all[to]];
  if (!first || !last) return null;
  return { start: first.start, end: last.end, quote: text.slice(first.start, last.end) };
}
