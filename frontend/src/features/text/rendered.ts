/**
 * Rendered Markdown, kept for the texts in use. A worker does the work, one text at a time and within
 * a time limit; what the page does itself, sanitising, it does piece by piece, when a piece is wanted.
 */

import { sanitize } from "./sanitize";
import { ask, type Fault } from "./renderer";

const KEPT = 96;
/** What stands on the page within a moment of its first piece, if the text has as much. */
const AHEAD = 8;
/** Half-done work is not shown at once: mostly the rest is there before anybody sees a change. */
const WAIT_FOR_THE_REST_MS = 300;

export type State = "waiting" | "done" | "as written";

/** One text on its way to HTML. Tells its listeners whenever it has changed. */
export class RenderedText {
  state: State = "waiting";
  /** Counts the versions, for those who compare. */
  version = 0;
  private raw: string[] = [];
  private safe: string[] = [];
  private readonly listeners = new Set<() => void>();

  /** Nobody looks at it yet. */
  ahead = true;

  constructor(readonly text: string) {}

  get length(): number {
    return this.raw.length;
  }

  html(index: number): string {
    return (this.safe[index] ??= sanitize(this.raw[index] ?? ""));
  }

  /** The first piece that is wanted soon and was not looked at; undefined where there is none. */
  nextAhead(): number | undefined {
    const wanted = Math.min(this.raw.length, AHEAD);
    for (let index = 0; index < wanted; index++) if (this.safe[index] === undefined) return index;
    return undefined;
  }

  settle(pieces: string[] | undefined): void {
    this.raw = pieces ?? [];
    this.safe = [];
    this.state = pieces ? "done" : "as written";
    this.version += 1;
    for (const tell of this.listeners) tell();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

const known = new Map<string, RenderedText>();
const waiting = new Set<RenderedText>();
let working: RenderedText | undefined;

/** The rendered text, now or later. */
export function rendered(text: string): RenderedText {
  const entry = entryFor(text);
  entry.ahead = false;
  return entry;
}

function entryFor(text: string): RenderedText {
  const found = known.get(text);
  if (found) {
    known.delete(text);
    known.set(text, found);
    return found;
  }
  const fresh = new RenderedText(text);
  known.set(text, fresh);
  if (known.size > KEPT) known.delete(known.keys().next().value!);
  waiting.add(fresh);
  queueMicrotask(next);
  return fresh;
}

/** Have the next item's texts ready before it is shown, in idle time and never for long. */
export function renderAhead(texts: readonly string[]): void {
  const wanted = texts.map(entryFor);
  const step = (idle?: IdleDeadline) => {
    do {
      const each = wanted.find((one) => one.nextAhead() !== undefined);
      if (!each) break;
      each.html(each.nextAhead()!);
    } while (idle && idle.timeRemaining() > 5);
    const left = wanted.some((each) => each.state === "waiting" || each.nextAhead() !== undefined);
    if (left && wanted.some((each) => known.get(each.text) === each)) whenIdle(step);
  };
  whenIdle(step);
}

function whenIdle(work: (idle?: IdleDeadline) => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 1000 });
  else setTimeout(work, 100);
}

function next(): void {
  if (working) return;
  const entries = [...waiting];
  working = entries.find((entry) => !entry.ahead) ?? entries[0];
  if (!working) return;
  waiting.delete(working);
  void work(working).finally(() => {
    working = undefined;
    next();
  });
}

function work(entry: RenderedText): Promise<void> {
  return new Promise((resolve) => {
    let first: string[] | undefined;
    let early: ReturnType<typeof setTimeout> | undefined;
    const done = (pieces: string[] | undefined) => {
      clearTimeout(early);
      entry.settle(pieces);
      resolve();
    };
    const failed = (fault: Fault) => {
      // A text that could not be tried is tried again when it is next shown.
      if (fault === "unreachable") known.delete(entry.text);
      done(first);
    };
    ask(entry.text, failed, ({ pieces, partial }) => {
      if (!partial) return done(pieces);
      first = pieces;
      early = setTimeout(() => entry.settle(pieces), WAIT_FOR_THE_REST_MS);
      return undefined;
    });
  });
}
