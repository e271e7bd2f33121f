/**
 * Best and worst of those on screen. Up to four answers are one round. More are dealt out in the
 * order shown into rounds of as even a size as four at most allows; then the best of the rounds meet
 * for the best of all, and the worst for the worst. Only what was seen together is ever compared.
 *
 * Nothing is kept but the picks; rounds are worked out anew from them, so it resumes anywhere.
 */

import type { Duel } from "./guided";

export const MOST_ON_SCREEN = 4;

export type Question = "best" | "worst";

export interface Pick {
  readonly best?: string;
  readonly worst?: string;
}

/** Picks by the round they were made in: "0", "1", … and "best", "worst" for the finals. */
export type Picks = Readonly<Record<string, Pick>>;

export interface Round {
  readonly key: string;
  readonly shown: readonly string[];
  /** What is asked here; a final asks one of the two. */
  readonly asks: readonly Question[];
}

export interface Course {
  /** Rounds as far as they are known, in the order they are asked. */
  readonly rounds: readonly Round[];
  /** The round whose picks are missing; null when all is decided. */
  readonly current: Round | null;
  readonly best: string | null;
  readonly worst: string | null;
  /** How many rounds there are in all, finals included. */
  readonly total: number;
}

/** Where the work stands. What cannot be judged is left out of its round; the others stay as dealt. */
export function courseOf(
  order: readonly string[],
  picks: Picks,
  unjudgeable: readonly string[] = [],
): Course {
  const rounds: Round[] = deal(order)
    .map((dealt, at) => {
      const shown = dealt.filter((id) => !unjudgeable.includes(id));
      return { key: String(at), shown, asks: asked(shown) };
    })
    .filter((round) => round.shown.length > 0);
  const finals = rounds.length > 1 ? 2 : 0;
  const total = rounds.length + finals;
  const open = rounds.find((round) => !answered(round, picks));
  if (open) return { rounds, current: open, best: null, worst: null, total };
  const winners = rounds.map((round) => bestOf(round, picks)!);
  const losers = rounds.map((round) => worstOf(round, picks)!);
  if (finals === 0) {
    return { rounds, current: null, best: winners[0] ?? null, worst: losers[0] ?? null, total };
  }
  const final: Round = { key: "best", shown: winners, asks: ["best"] };
  rounds.push(final);
  const best = picked(final, picks, "best");
  if (best === undefined) return { rounds, current: final, best: null, worst: null, total };
  // Whoever has won against somebody is not the worst, even when alone in a round.
  const low: Round = { key: "worst", shown: losers.filter((id) => id !== best), asks: ["worst"] };
  if (low.shown.length === 1) {
    return { rounds, current: null, best, worst: low.shown[0]!, total: total - 1 };
  }
  rounds.push(low);
  const worst = picked(low, picks, "worst");
  return { rounds, current: worst === undefined ? low : null, best, worst: worst ?? null, total };
}

/** The picks after one more; choosing the same again takes it back. */
export function pick(picks: Picks, round: Round, question: Question, id: string): Picks {
  if (!round.shown.includes(id) || !round.asks.includes(question)) return picks;
  const before = picks[round.key] ?? {};
  const next: Record<string, string> = {};
  for (const each of ["best", "worst"] as const) {
    const held = before[each];
    // One answer cannot be both: the later word counts.
    if (held !== undefined && held !== id) next[each] = held;
  }
  if (before[question] === id) delete next[question];
  else next[question] = id;
  // Of two, naming one names the other.
  const other = round.shown.find((each) => each !== id);
  if (round.asks.length === 2 && round.shown.length === 2 && next[question] && other) {
    next[question === "best" ? "worst" : "best"] = other;
  }
  return withoutLater({ ...picks, [round.key]: next }, round);
}

/** Everything that was judged head to head: best over each it was shown with, each over worst. */
export function duelsOf(
  order: readonly string[],
  picks: Picks,
  unjudgeable: readonly string[] = [],
): Duel[] {
  const found = new Map<string, Duel>();
  const add = (better: string, worse: string) => {
    const key = [better, worse].sort().join(" ");
    if (better !== worse && !found.has(key)) {
      found.set(key, { better, worse, is_tie: false, strength: null });
    }
  };
  for (const round of courseOf(order, picks, unjudgeable).rounds) {
    const best = picked(round, picks, "best");
    const worst = picked(round, picks, "worst");
    for (const id of round.shown) {
      if (best !== undefined) add(best, id);
      if (worst !== undefined) add(id, worst);
    }
  }
  return [...found.values()];
}

/**
 * The same once all is decided, and what follows from it: the best of all is better than each, and the
 * worst worse, also than those of other rounds.
 */
export function storedDuels(
  order: readonly string[],
  picks: Picks,
  unjudgeable: readonly string[] = [],
): Duel[] {
  const seen = duelsOf(order, picks, unjudgeable);
  const { best, worst } = courseOf(order, picks, unjudgeable);
  const implied = order
    .filter((id) => !unjudgeable.includes(id))
    .flatMap((id) => [
      ...(best !== null && id !== best ? [[best, id] as const] : []),
      ...(worst !== null && id !== worst && id !== best ? [[id, worst] as const] : []),
    ]);
  const known = new Set(seen.map(({ better, worse }) => `${better} ${worse}`));
  return [
    ...seen,
    ...implied
      .filter(([better, worse]) => !known.has(`${better} ${worse}`))
      .map(([better, worse]) => ({ better, worse, is_tie: false, strength: null })),
  ];
}

/** The picks that such comparisons came from. */
export function picksFrom(
  order: readonly string[],
  duels: readonly Duel[],
  unjudgeable: readonly string[] = [],
): Picks {
  const beats = (better: string, worse: string) =>
    duels.some((duel) => !duel.is_tie && duel.better === better && duel.worse === worse);
  const picks: Record<string, Pick> = {};
  for (;;) {
    const { rounds } = courseOf(order, picks, unjudgeable);
    const round = rounds.find(({ key }) => !(key in picks));
    if (!round) return picks;
    const rest = (id: string) => round.shown.filter((each) => each !== id);
    const best = round.shown.find((id) => rest(id).every((each) => beats(id, each)));
    const worst = round.shown.find((id) => rest(id).every((each) => beats(each, id)));
    picks[round.key] = {
      ...(best !== undefined && round.asks.includes("best") && { best }),
      ...(worst !== undefined && round.asks.includes("worst") && { worst }),
    };
  }
}

function deal(order: readonly string[]): string[][] {
  const count = Math.ceil(order.length / MOST_ON_SCREEN);
  const groups: string[][] = [];
  let from = 0;
  for (let at = 0; at < count; at++) {
    const size = Math.ceil((order.length - from) / (count - at));
    groups.push(order.slice(from, from + size));
    from += size;
  }
  return groups;
}

function asked(shown: readonly string[]): readonly Question[] {
  return shown.length > 1 ? ["best", "worst"] : [];
}

function picked(round: Round, picks: Picks, question: Question): string | undefined {
  const id = picks[round.key]?.[question];
  return id !== undefined && round.shown.includes(id) ? id : undefined;
}

function answered(round: Round, picks: Picks): boolean {
  return round.asks.every((question) => picked(round, picks, question) !== undefined);
}

/** One alone in a round, because the others could not be judged, is its best and its worst. */
function bestOf(round: Round, picks: Picks): string | undefined {
  return round.asks.length === 0 ? round.shown[0] : picked(round, picks, "best");
}

function worstOf(round: Round, picks: Picks): string | undefined {
  return round.asks.length === 0 ? round.shown[0] : picked(round, picks, "worst");
}

/** A changed round may send somebody else into the finals: those are asked again. */
function withoutLater(picks: Picks, round: Round): Picks {
  if (round.key === "worst") return picks;
  const { worst: _worst, ...rest } = picks;
  if (round.key === "best") return rest;
  const { best: _best, ...groups } = rest;
  return groups;
}
