/** Rows and slots of the rail: where each lane and each chip stands in its grid. Pure. */

import { inPlace, placeOf, TRAY, UNJUDGEABLE, type Board, type Place } from "./board";

/** Chips side by side in one row. */
export const SLOTS = 3;

export interface Slot {
  row: number;
  column: number;
}

export interface RailLayout {
  rows: { place: Place; row: number; span: number }[];
  chips: Readonly<Record<string, Slot>>;
  /** The first row below the tiers. */
  end: number;
}

/** The tray is as high as all answers need, so that it keeps its height while it empties. */
export function layOut(board: Board, suggested: Readonly<Record<string, Place>>): RailLayout {
  const lanes = [TRAY, ...board.order.map((_, index) => index + 1), UNJUDGEABLE];
  const shownIn = (id: string) => suggested[id] ?? placeOf(board, id);
  const rows: RailLayout["rows"] = [];
  const chips: Record<string, Slot> = {};
  let next = 1;
  let end = 1;
  for (const place of lanes) {
    const held = inPlace(board, place).filter((id) => shownIn(id) === place);
    const waiting = board.order.filter((id) => suggested[id] === place);
    const ids = [...held, ...waiting];
    const least = place === TRAY ? Math.ceil(board.order.length / SLOTS) : 1;
    const span = Math.max(least, Math.ceil(ids.length / SLOTS));
    if (place === UNJUDGEABLE) end = next;
    rows.push({ place, row: next, span });
    ids.forEach((id, index) => {
      chips[id] = { row: next + Math.floor(index / SLOTS), column: 2 + (index % SLOTS) };
    });
    next += span;
  }
  return { rows, chips, end };
}
