import { useLayoutEffect, useRef, useState } from "react";
import { useAct } from "@/features/console/useAct";
import { newUuid } from "@/lib/ids";
import { adjudicate, type Judgment, type Sheet } from "./api";
import * as moves from "./decision";
import { useNext } from "./QueuePage";

export type Deciding = ReturnType<typeof useDecision>;

/** The decision being made, by keys or by hand; sent once, and the next item comes. */
export function useDecision(sheet: Sheet, projectId: string, standing: readonly Judgment[]) {
  const [draft, setDraft] = useState(moves.EMPTY);
  const [at, setAt] = useState(0);
  const [answer, setAnswer] = useState(0);
  const key = useRef(newUuid());
  const next = useNext(projectId);
  const { act, busy, error, fieldError } = useAct([
    ["review", projectId],
    ["sheet", sheet.id],
    ["item", sheet.id],
  ]);
  const change = (move: (draft: moves.Draft) => moves.Draft) => {
    key.current = newUuid();
    setDraft(move);
  };
  const send = async () => {
    const done = await act(() => adjudicate(sheet.id, key.current, moves.bodyOf(draft, sheet)));
    if (done) await next.go([sheet.id]);
  };
  const accept = (id: string) => change((now) => moves.accept(now, id));
  const withdraw = (id: string) => change((now) => moves.withdraw(now, id));
  const own = () => change((now) => moves.startOrder(now, standing[at]));
  const outcome = (wanted: moves.Outcome) =>
    wanted === "ordered" ? own() : change((now) => ({ ...now, outcome: wanted }));
  const place = (id: string, tier: number | null) => change((now) => moves.place(now, id, tier));
  const moveCut = () => change(moves.moveCut);
  const tell = (id: string) =>
    change((now) => ({ ...now, notes: new Map(now.notes).set(id, { reason: "other", message: "" }) }));

  const keys: Record<string, () => void> = {
    j: () => setAt((now) => Math.min(now + 1, standing.length - 1)),
    k: () => setAt((now) => Math.max(now - 1, 0)),
    a: () => standing[at] && accept(standing[at].id),
    w: () => standing[at] && withdraw(standing[at].id),
    t: () => standing[at] && tell(standing[at].id),
    o: own,
    b: () => outcome("another_opinion"),
    g: () => outcome("unclear_guideline"),
    ArrowRight: () => setAnswer((now) => (now + 1) % sheet.completions.length),
    ArrowLeft: () => setAnswer((now) => (now + sheet.completions.length - 1) % sheet.completions.length),
    x: moveCut,
    Enter: () => void send(),
  };
  const onKey = (event: KeyboardEvent) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || busy || next.busy) return;
    if (target instanceof Element && target.closest("input, textarea, select, button, a, summary, [role=dialog], [role=listbox]")) return;
    const focused = sheet.completions[answer];
    if (/^[1-9]$/.test(event.key) && draft.outcome === "ordered" && focused) {
      place(focused.id, Number(event.key));
      setAnswer((answer + 1) % sheet.completions.length);
      event.preventDefault();
    } else if (keys[event.key]) {
      keys[event.key]!();
      event.preventDefault();
    }
  };
  const listener = useRef(onKey);
  listener.current = onKey;
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => listener.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return {
    draft,
    at,
    answer,
    choose: setAt,
    accept,
    withdraw,
    outcome,
    place,
    moveCut,
    tell,
    change,
    send,
    busy: busy || next.busy,
    error: error ?? next.error,
    fieldError,
  };
}
