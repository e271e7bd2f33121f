/**
 * The board: where each answer of one item stands. Pure data and pure functions.
 *
 * Lanes are numbered as on the keyboard (1 is best) and may have gaps while somebody works; gaps
 * close when the ranking is read off with `tiersOf`. The board knows nothing of screens or servers.
 */

export const TRAY = 0;
export const UNJUDGEABLE = -1;
/** 1..K: a lane; 0: the unplaced tray; -1: cannot be judged. */
export type Place = number;

export interface Board {
  /** Completion ids in the order they are shown. */
  readonly order: readonly string[];
  readonly places: Readonly<Record<string, Place>>;
  readonly focused: string;
  /** Earlier states of `places`, the latest last. */
  readonly past: readonly Readonly<Record<string, Place>>[];
  readonly allowTies: boolean;
}

export type BoardAction =
  | { type: "focus"; id: string }
  | { type: "focusBy"; steps: number }
  | { type: "place"; id: string; place: Place; advance: boolean }
  | { type: "shift"; id: string; by: -1 | 1 }
  | { type: "tieAbove"; id: string }
  | { type: "undo" };

export type Places = Readonly<Record<string, Place>>;

/** A board with everything in the tray, or as a draft left it. Unknown ids and lanes are ignored. */
export function newBoard(order: readonly string[], allowTies: boolean, draft?: Places): Board {
  const places: Record<string, Place> = {};
  const taken = new Set<Place>();
  for (const id of order) {
    let place = draft?.[id] ?? TRAY;
    if (!isPlace(place, order.length)) place = TRAY;
    if (!allowTies && place > 0 && taken.has(place)) place = TRAY;
    taken.add(place);
    places[id] = place;
  }
  const first = order.find((id) => places[id] === TRAY) ?? order[0] ?? "";
  return { order, places, focused: first, past: [], allowTies };
}

export function reduceBoard(board: Board, action: BoardAction): Board {
  switch (action.type) {
    case "focus":
      return board.order.includes(action.id) ? { ...board, focused: action.id } : board;
    case "focusBy": {
      const at = board.order.indexOf(board.focused) + action.steps;
      const next = board.order[(at + board.order.length) % board.order.length];
      return next === undefined ? board : { ...board, focused: next };
    }
    case "place": {
      if (!board.order.includes(action.id)) return board;
      if (!isPlace(action.place, board.order.length)) return board;
      const moved = settle(board, action.id, action.place);
      return { ...moved, focused: action.advance ? nextUnplaced(moved, action.id) : action.id };
    }
    case "shift": {
      const from = placeOf(board, action.id);
      const to = from > 0 ? from + action.by : action.by === 1 ? 1 : TRAY;
      if (to < 1 || to > board.order.length) return board;
      return { ...shiftTo(board, action.id, from, to), focused: action.id };
    }
    case "tieAbove": {
      const lane = laneAbove(board, action.id);
      if (lane === undefined) return board;
      return { ...settle(board, action.id, lane), focused: action.id };
    }
    case "undo": {
      const before = board.past.at(-1);
      if (before === undefined) return board;
      const changed = board.order.find((id) => before[id] !== board.places[id]);
      return {
        ...board,
        places: before,
        past: board.past.slice(0, -1),
        focused: changed ?? board.focused,
      };
    }
  }
}

export function placeOf(board: Board, id: string): Place {
  return board.places[id] ?? TRAY;
}

export function inPlace(board: Board, place: Place): string[] {
  return board.order.filter((id) => placeOf(board, id) === place);
}

/** The weak order, best first, without gaps. */
export function tiersOf(board: Board): string[][] {
  const lanes = board.order.map((_, index) => inPlace(board, index + 1));
  return lanes.filter((ids) => ids.length > 0);
}

export function placedCount(board: Board): number {
  return board.order.filter((id) => placeOf(board, id) > 0).length;
}

/** The nearest lane above the answer that holds somebody: where `=` would put it. */
export function laneAbove(board: Board, id: string): Place | undefined {
  const from = placeOf(board, id);
  if (from < 1 || !board.allowTies) return undefined;
  for (let lane = from - 1; lane >= 1; lane--) {
    if (inPlace(board, lane).length > 0) return lane;
  }
  return undefined;
}

/** A..I by the position on the screen. */
export function letterOf(board: Pick<Board, "order">, id: string): string {
  return String.fromCharCode(65 + board.order.indexOf(id));
}

/** Places from what the server keeps: a draft of ours, or the content of a withdrawn ranking. */
export function placesFrom(payload: unknown): Places | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const record = payload as Record<string, unknown>;
  if (typeof record.places === "object" && record.places !== null) {
    return record.places as Places;
  }
  if (!Array.isArray(record.tiers)) return undefined;
  const places: Record<string, Place> = {};
  record.tiers.forEach((ids: unknown, index) => {
    for (const id of Array.isArray(ids) ? ids : []) places[String(id)] = index + 1;
  });
  for (const id of Array.isArray(record.cannot_judge) ? record.cannot_judge : []) {
    places[String(id)] = UNJUDGEABLE;
  }
  return places;
}

function isPlace(place: unknown, lanes: number): place is Place {
  return Number.isInteger(place) && (place as number) >= UNJUDGEABLE && (place as number) <= lanes;
}

function settle(board: Board, id: string, place: Place): Board {
  if (placeOf(board, id) === place) return board;
  const places = { ...board.places, [id]: place };
  if (!board.allowTies && place > 0) makeRoom(places, board.order, id, place);
  return { ...board, places, past: [...board.past, board.places] };
}

/** One lane up or down; without ties the neighbour takes the lane that became free. */
function shiftTo(board: Board, id: string, from: Place, to: Place): Board {
  if (board.allowTies || from < 1) return settle(board, id, to);
  const neighbour = inPlace(board, to)[0];
  const places: Record<string, Place> = { ...board.places, [id]: to };
  if (neighbour !== undefined) places[neighbour] = from;
  return { ...board, places, past: [...board.past, board.places] };
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

function nextUnplaced(board: Board, after: string): string {
  const start = board.order.indexOf(after);
  for (let step = 1; step < board.order.length; step++) {
    const id = board.order[(start + step) % board.order.length];
    if (id !== undefined && placeOf(board, id) === TRAY) return id;
  }
  return after;
}
