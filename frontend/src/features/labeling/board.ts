/**
 * The board: where each answer of one item stands. Pure data and pure functions.
 *
 * Lanes are numbered as on the keyboard (1 is best) and may have gaps while somebody works; gaps
 * close when the ranking is read off with `tiersOf`. The cut is a line between lanes: what lies in a
 * lane up to it is acceptable. The board knows nothing of screens or servers.
 */

export const TRAY = 0;
export const UNJUDGEABLE = -1;
/** 1..K: a lane; 0: the unplaced tray; -1: cannot be judged. */
export type Place = number;
export type Places = Readonly<Record<string, Place>>;

export interface Board {
  /** Completion ids in the order they are shown. */
  readonly order: readonly string[];
  readonly allowTies: boolean;
  readonly places: Places;
  /** The last acceptable lane; 0: nothing is acceptable; null: no line was drawn. */
  readonly cut: Place | null;
}

/** A board with everything in the tray, or as a draft left it. Unknown ids and lanes are ignored. */
export function newBoard(
  order: readonly string[],
  allowTies: boolean,
  draft?: Places,
  cut: unknown = null,
): Board {
  const places: Record<string, Place> = {};
  const taken = new Set<Place>();
  for (const id of order) {
    let place = draft?.[id] ?? TRAY;
    if (!isPlace(place, order.length)) place = TRAY;
    if (!allowTies && place > 0 && taken.has(place)) place = TRAY;
    taken.add(place);
    places[id] = place;
  }
  const drawn = isPlace(cut, order.length) && cut >= 0 ? cut : null;
  return { order, allowTies, places, cut: drawn };
}

export function placeOf(board: Board, id: string): Place {
  return board.places[id] ?? TRAY;
}

export function inPlace(board: Board, place: Place): string[] {
  return board.order.filter((id) => placeOf(board, id) === place);
}

/** The lanes that hold somebody, best first. */
export function lanesOf(board: Board): Place[] {
  return board.order.map((_, index) => index + 1).filter((lane) => inPlace(board, lane).length > 0);
}

/** The weak order, best first, without gaps. */
export function tiersOf(board: Board): string[][] {
  return lanesOf(board).map((lane) => inPlace(board, lane));
}

export function placedCount(board: Board): number {
  return board.order.filter((id) => placeOf(board, id) > 0).length;
}

/** How many tiers are acceptable, or null where no line was drawn. */
export function acceptableTiers(board: Board): number | null {
  const { cut } = board;
  return cut === null ? null : lanesOf(board).filter((lane) => lane <= cut).length;
}

/** The nearest lane above the answer that holds somebody: where `=` would put it. */
export function laneAbove(board: Board, id: string): Place | undefined {
  const from = placeOf(board, id);
  if (from < 1 || !board.allowTies) return undefined;
  return lanesOf(board).findLast((lane) => lane < from);
}

/** A..I by the position on the screen. */
export function letterOf(board: Pick<Board, "order">, id: string): string {
  return String.fromCharCode(65 + board.order.indexOf(id));
}

/** Put an answer in a lane. Without ties a taken lane is inserted into; nobody crosses the cut. */
export function put(board: Board, id: string, place: Place): Board {
  if (!board.order.includes(id) || !isPlace(place, board.order.length)) return board;
  if (placeOf(board, id) === place) return board;
  const places: Record<string, Place> = { ...board.places, [id]: place };
  if (!board.allowTies && place > 0) makeRoom(places, board.order, id, place);
  return keepAcceptable(board, { ...board, places }, id);
}

/** One lane up or down, from the tray to the top; without ties neighbours change places. */
export function shift(board: Board, id: string, by: -1 | 1): Board {
  const from = placeOf(board, id);
  const to = from > 0 ? from + by : by === 1 ? 1 : TRAY;
  if (to < 1 || to > board.order.length) return board;
  return board.allowTies || from < 1 ? put(board, id, to) : exchange(board, id, inPlace(board, to)[0], to);
}

/** Two placed answers change places; the line stays where it is. */
export function swap(board: Board, id: string, other: string): Board {
  if (placeOf(board, id) < 1 || placeOf(board, other) < 1) return board;
  return exchange(board, id, other, placeOf(board, other));
}

/** Out of a tie: the answer gets a lane of its own right below the others. */
export function split(board: Board, id: string): Board {
  const lane = placeOf(board, id);
  const others = inPlace(board, lane).filter((each) => each !== id);
  if (lane < 1 || others.length === 0) return board;
  const isFree = (at: Place) => inPlace(board, at).length === 0;
  const places: Record<string, Place> = { ...board.places };
  let gap = lane + 1;
  while (gap <= board.order.length && !isFree(gap)) gap += 1;
  if (gap <= board.order.length) {
    for (const each of board.order) {
      const at = placeOf(board, each);
      if (at > lane && at < gap) places[each] = at + 1;
    }
    places[id] = lane + 1;
  } else {
    gap = lane - 1;
    while (!isFree(gap)) gap -= 1; // a tie leaves one lane empty, so there is a gap
    for (const each of board.order) {
      const at = placeOf(board, each);
      if (at > gap && at <= lane && each !== id) places[each] = at - 1;
    }
  }
  return keepAcceptable(board, { ...board, places }, undefined);
}

/** The line one tier up or down; below the last tier it is taken away. */
export function moveCut(board: Board, by: -1 | 1): Board {
  const lanes = lanesOf(board);
  if (lanes.length === 0) return board;
  const now = board.cut === null ? lanes.length + 1 : (acceptableTiers(board) ?? 0);
  const next = now + by;
  if (next < 0 || next > lanes.length + 1) return board;
  return { ...board, cut: next > lanes.length ? null : next === 0 ? 0 : (lanes[next - 1] ?? 0) };
}

/** Lanes from a list of tiers. */
export function placesOfTiers(tiers: unknown, cannotJudge: unknown): Places {
  const places: Record<string, Place> = {};
  listOf(tiers).forEach((ids, index) => {
    for (const id of listOf(ids)) places[String(id)] = index + 1;
  });
  for (const id of listOf(cannotJudge)) places[String(id)] = UNJUDGEABLE;
  return places;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isPlace(place: unknown, lanes: number): place is Place {
  return Number.isInteger(place) && (place as number) >= UNJUDGEABLE && (place as number) <= lanes;
}

function exchange(board: Board, id: string, other: string | undefined, to: Place): Board {
  const places: Record<string, Place> = { ...board.places, [id]: to };
  if (other !== undefined) places[other] = placeOf(board, id);
  return { ...board, places };
}

/**
 * Where others had to make room the line moves with them, so that making room never changes who is
 * acceptable; only the answer that was moved may cross it.
 */
function keepAcceptable(before: Board, after: Board, mover: string | undefined): Board {
  const { cut } = before;
  if (cut === null) return after;
  let least = 0;
  let most = after.order.length;
  for (const id of after.order) {
    const was = placeOf(before, id);
    const is = placeOf(after, id);
    if (id === mover || was < 1 || is < 1) continue;
    if (was <= cut) least = Math.max(least, is);
    else most = Math.min(most, is - 1);
  }
  return least > most ? after : { ...after, cut: Math.min(Math.max(cut, least), most) };
}

/**
 * Without ties a taken lane is inserted into: those in the way move down to the nearest gap, or up
 * where there is none below. As many lanes as answers, so a gap always exists.
 */
function makeRoom(
  places: Record<string, Place>,
  order: readonly string[],
  mover: string,
  lane: Place,
): void {
  const holder = (at: Place) => order.find((id) => id !== mover && places[id] === at);
  for (const step of [1, -1]) {
    let gap = lane;
    while (gap >= 1 && gap <= order.length && holder(gap) !== undefined) gap += step;
    if (gap < 1 || gap > order.length) continue;
    for (let at = gap; at !== lane; at -= step) {
      const pushed = holder(at - step);
      if (pushed !== undefined) places[pushed] = at;
    }
    return;
  }
}
