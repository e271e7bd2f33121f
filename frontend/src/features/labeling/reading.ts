/**
 * How much of each answer was seen, and for how long. Pure: what is measured on the screen goes in,
 * what is stored comes out.
 */

export interface ReadingMark {
  readonly visible_ms: number;
  /** How far down the answer was seen without a gap, 0 to 100. */
  readonly read_percent: number;
}

/** A mark while the answer is on the screen. */
interface LiveMark extends ReadingMark {
  /** Seen too, but with a gap above: from and to, in percent. It counts once the gap is closed. */
  readonly apart?: readonly [number, number];
}

export type Reading = Readonly<Record<string, ReadingMark>>;
export type ReadState = "unread" | "partly" | "read";

/** What is on the screen of one answer's text, in pixels. */
export interface Sight {
  /** Height of the whole text. */
  readonly height: number;
  /** From the top of the text to the lowest line in sight. */
  readonly seenTo: number;
  /** Height of the part in sight; 0: nothing is. */
  readonly shown: number;
  /** Height of the window that it is seen through. */
  readonly window: number;
}

const NOTHING: ReadingMark = { visible_ms: 0, read_percent: 0 };
const READ_FROM = 95; // the last line's margin need not be in sight
const DAY_MS = 86_400_000;

export function markOf(reading: Reading, id: string): LiveMark {
  return reading[id] ?? NOTHING;
}

export function readState(reading: Reading, id: string): ReadState {
  const { read_percent } = markOf(reading, id);
  return read_percent >= READ_FROM ? "read" : read_percent > 0 ? "partly" : "unread";
}

export function unreadOf(reading: Reading, order: readonly string[]): string[] {
  return order.filter((id) => readState(reading, id) !== "read");
}

/** Add what was seen in the last `ms` milliseconds of somebody's attention. */
export function looked(reading: Reading, id: string, sight: Sight, ms: number): Reading {
  if (sight.shown <= 0) return reading;
  const before = markOf(reading, id);
  const { read_percent, apart } = joined(before, percent(sight.seenTo - sight.shown, sight), percent(sight.seenTo, sight));
  // A sliver at the edge is not being read: all of it, or a quarter of the window, counts.
  const counts = sight.shown >= Math.min(sight.height, sight.window / 4);
  const visible_ms = Math.min(DAY_MS, before.visible_ms + (counts ? Math.round(ms) : 0));
  if (read_percent === before.read_percent && visible_ms === before.visible_ms && apart === before.apart) return reading;
  return { ...reading, [id]: { visible_ms, read_percent, ...(apart && { apart }) } };
}

function percent(px: number, { height }: Sight): number {
  return height <= 0 ? 100 : Math.min(100, Math.round((100 * px) / height));
}

/** What was seen so far together with a piece of it; who jumps past a text has not read to its end. */
function joined({ read_percent, apart }: LiveMark, from: number, to: number): Pick<LiveMark, "read_percent" | "apart"> {
  let [low, high] = [from, to];
  if (apart && low <= apart[1] + 1 && high >= apart[0] - 1) {
    [low, high] = [Math.min(low, apart[0]), Math.max(high, apart[1])];
  }
  if (low <= read_percent + 1) {
    const isAlone = apart && apart[0] > high + 1;
    return { read_percent: Math.max(read_percent, high), ...(isAlone && { apart }) };
  }
  return { read_percent, apart: apart && low === apart[0] && high === apart[1] ? apart : [low, high] };
}

/** As it is stored. */
export function settled(reading: Reading): Reading {
  return Object.fromEntries(
    Object.entries(reading).map(([id, { visible_ms, read_percent }]) => [id, { visible_ms, read_percent }]),
  );
}

/** Reading as a draft kept it. */
export function readingFrom(value: unknown, order: readonly string[]): Reading {
  const given = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const found: Record<string, ReadingMark> = {};
  for (const id of order) {
    const { visible_ms, read_percent } = (given[id] ?? {}) as Partial<ReadingMark>;
    if (!Number.isInteger(visible_ms) || !Number.isInteger(read_percent)) continue;
    found[id] = {
      visible_ms: Math.min(Math.max(visible_ms!, 0), DAY_MS),
      read_percent: Math.min(Math.max(read_percent!, 0), 100),
    };
  }
  return found;
}
