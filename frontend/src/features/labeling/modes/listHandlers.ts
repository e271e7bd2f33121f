/** What the keys do to a list in order: for the drag list, and for the last look at guided duels. */

import { listOf } from "@/lib/format";
import type { Handlers } from "../ActionsProvider";
import {
  asUnjudgeable,
  cutOf,
  insertAsTier,
  insertAt,
  LINE,
  rowOf,
  shifted,
  tierAbove,
  tierOf,
  tieWith,
  toTray,
  trayOf,
  type OrderList,
} from "./orderList";
import type { Said } from "./useModeWork";

interface Context {
  /** The list as the latest key left it. */
  list: () => OrderList;
  /** Answers in the order of the screen. */
  shown: readonly string[];
  focused: string;
  onFocus: (id: string) => void;
  onChange: (list: OrderList, said: Said | null) => void;
  letter: (id: string) => string;
}

export function listHandlers(context: Context): Handlers {
  const { list: now, shown, focused, onFocus, onChange, letter } = context;
  const list = now();
  const apply = (after: OrderList, id: string) => onChange(after, sayWhere(after, id, letter));
  const focusBy = (steps: number) => {
    const at = shown.indexOf(focused) + steps;
    const next = shown[(at + shown.length) % shown.length];
    if (next !== undefined) onFocus(next);
  };
  const place = (number: number) => {
    const after = insertAsTier(now(), focused, number);
    apply(after, focused);
    const tray = trayOf(after);
    const later = tray.find((id) => shown.indexOf(id) > shown.indexOf(focused)) ?? tray[0];
    if (later !== undefined) onFocus(later);
  };
  const above = tierAbove(list, focused);
  const drawn = rowOf(list, LINE) >= 0;
  const line = (by: -1 | 1) =>
    apply(rowOf(now(), LINE) < 0 ? insertAt(now(), LINE, now().rows.length) : shifted(now(), LINE, by), LINE);
  return {
    ...Object.fromEntries(
      shown.map((_, index) => [`slot-${index + 1}`, { run: () => place(index + 1) }]),
    ),
    up: { run: () => apply(shifted(now(), focused, -1), focused) },
    down: { run: () => apply(shifted(now(), focused, 1), focused) },
    tie: {
      run: () => above?.[0] !== undefined && apply(tieWith(now(), focused, above[0]), focused),
      enabled: above !== undefined,
    },
    tray: { run: () => apply(toTray(now(), focused), focused), enabled: !trayOf(list).includes(focused) },
    unjudgeable: {
      run: () => apply(asUnjudgeable(now(), focused), focused),
      enabled: !list.unjudgeable.includes(focused),
    },
    cutUp: { run: () => line(-1), enabled: drawn || list.rows.length > 0 },
    cutDown: { run: () => line(1), enabled: drawn || list.rows.length > 0 },
    next: { run: () => focusBy(1) },
    previous: { run: () => focusBy(-1) },
  };
}

/** Where something stands after a change. */
export function sayWhere(list: OrderList, id: string, letter: (id: string) => string): Said {
  if (id === LINE) {
    const cut = cutOf(list);
    return cut === null
      ? { key: "modes.say.noLine" }
      : { key: "modes.say.line", params: { place: cut } };
  }
  if (list.unjudgeable.includes(id)) return { key: "modes.say.unjudgeable", params: { letter: letter(id) } };
  const place = tierOf(list, id);
  if (place === 0) return { key: "modes.say.tray", params: { letter: letter(id) } };
  const others = list.rows[rowOf(list, id)]!.filter((each) => each !== id).map(letter);
  if (others.length === 0) return { key: "modes.say.place", params: { letter: letter(id), place } };
  return { key: "modes.say.tied", params: { letter: letter(id), place, others: listOf(others) } };
}
