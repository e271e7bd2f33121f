/**
 * How much of each answer was seen, and for how long. Pure: what is measured on the screen goes in,
 * what is stored comes out.
 */

export interface ReadingMark {
  readonly visible_ms: number;
  /** How far down the answer was seen, 0 to 100. */
  readonly read_percent: number;
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

export function markOf(reading: Reading, id: string): ReadingMark {
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
  const seen = sight.height <= 0 ? 100 : Math.round((100 * sight.seenTo) / sight.height);
  const read_percent = Math.min(100, Math.max(before.read_percent, seen));
  // A sliver at the edge is not being read: all of it, or a quarter of the window, counts.
  const counts = sight.shown >= Math.min(sight.height, sight.window / 4);
  const visible_ms = Math.min(DAY_MS, before.visible_ms + (counts ? Math.round(ms) : 0));
  if (read_percent === before.read_percent && visible_ms === before.visible_ms) return reading;
  return { ...reading, [id]: { visible_ms, read_percent } };
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
