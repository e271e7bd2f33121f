/**
 * Ranking by duels: merge insertion (Ford and Johnson 1959; Knuth, TAOCP 5.3.1), which asks for the
 * fewest comparisons known for up to eleven answers: 10 at six, 13 at seven, 16 at eight, 19 at nine.
 *
 * Nothing is kept but the duels that were answered. The sort is run anew from the start each time and
 * stops at the first pair it has no answer for: so it resumes anywhere, and taking an answer back is
 * dropping the last one. A tie puts both into one tier, which is compared as one from then on.
 */

export interface Duel {
  readonly better: string;
  readonly worse: string;
  readonly is_tie: boolean;
  /** 1 slight, 2 clear, 3 large; null: not said, or a tie. */
  readonly strength: 1 | 2 | 3 | null;
}

export type Progress =
  | { readonly done: false; readonly pair: readonly [string, string] }
  | { readonly done: true; readonly tiers: readonly (readonly string[])[] };

/** Answers that are equally good; never empty. */
type Tier = string[];

/** Below zero: the first is better. */
type Compare = (a: Tier, b: Tier) => number;

class Unanswered extends Error {
  constructor(readonly pair: readonly [string, string]) {
    super("unanswered");
  }
}

/** The next two answers to put side by side, or the order when all is known. */
export function progressOf(order: readonly string[], duels: readonly Duel[]): Progress {
  try {
    return { done: true, tiers: sort(order, answeredBy(duels)) };
  } catch (stop) {
    if (stop instanceof Unanswered) return { done: false, pair: stop.pair };
    throw stop;
  }
}

/**
 * How many duels are still to come if none of them is a tie: exact where every answer costs the same,
 * else the larger of two guesses.
 */
export function duelsLeft(order: readonly string[], duels: readonly Duel[]): number {
  const known = answeredBy(duels);
  const guess = (unknown: number): number => {
    const asked = new Set<string>();
    sort(order, (a, b) => {
      try {
        return known(a, b);
      } catch (stop) {
        if (!(stop instanceof Unanswered)) throw stop;
        asked.add([a[0], b[0]].sort().join(" "));
        return unknown;
      }
    });
    return asked.size;
  };
  return Math.max(guess(-1), guess(1));
}

/** An oracle that knows the answered duels, whatever side each answer stood on. */
function answeredBy(duels: readonly Duel[]): Compare {
  return (a, b) => {
    for (const { better, worse, is_tie } of duels) {
      if (a.includes(better) && b.includes(worse)) return is_tie ? 0 : -1;
      if (b.includes(better) && a.includes(worse)) return is_tie ? 0 : 1;
    }
    throw new Unanswered([a[0]!, b[0]!]);
  };
}

function sort(order: readonly string[], compare: Compare): Tier[] {
  return mergeInsertion(
    order.map((id) => [id]),
    compare,
  );
}

/** Tiers, best first. Answers found equal are joined and go on as one. */
function mergeInsertion(items: readonly Tier[], compare: Compare): Tier[] {
  if (items.length < 2) return items.map((tier) => [...tier]);
  const beaten: [winner: Tier, loser: Tier][] = [];
  const winners: Tier[] = [];
  const single: Tier[] = [];
  for (let at = 0; at + 1 < items.length; at += 2) {
    const [a, b] = [items[at]!, items[at + 1]!];
    const said = compare(a, b);
    if (said === 0) {
      single.push([...a, ...b]);
    } else {
      const [winner, loser] = said < 0 ? [a, b] : [b, a];
      winners.push(winner);
      beaten.push([winner, loser]);
    }
  }
  if (items.length % 2 === 1) single.push(items.at(-1)!);
  const sorted = mergeInsertion(winners, compare);
  const beatenBy = new Map<Tier, Tier[]>();
  for (const [winner, loser] of beaten) {
    const tier = sorted.find((each) => each.includes(winner[0]!))!;
    beatenBy.set(tier, [...(beatenBy.get(tier) ?? []), loser]);
  }
  return insertAll(sorted, beatenBy, single, compare);
}

/**
 * Insert the beaten below those who beat them, in the order in which binary search wastes nothing:
 * the one beaten by the worst winner is the worst of the chain unasked; then groups of 2, 2, 6, 10, ...
 * each from its better end. Who beat nobody and lost to nobody may end up anywhere.
 */
function insertAll(
  winners: readonly Tier[],
  beatenBy: ReadonlyMap<Tier, readonly Tier[]>,
  single: readonly Tier[],
  compare: Compare,
): Tier[] {
  const chain = winners.map((tier) => [...tier]);
  const queue: { tier: Tier; winner: Tier | null }[] = [];
  for (const winner of [...winners].reverse()) {
    for (const tier of beatenBy.get(winner) ?? []) queue.push({ tier, winner });
  }
  if (queue.length > 0) chain.push([...queue.shift()!.tier]);
  for (const tier of single) queue.push({ tier, winner: null });
  for (const { tier, winner } of inGroups(queue)) {
    insert(chain, tier, winner ? placeOf(chain, winner) + 1 : 0, compare);
  }
  return chain;
}

function inGroups<T>(queue: readonly T[]): T[] {
  const ordered: T[] = [];
  let size = 2;
  for (let power = 4; ordered.length < queue.length; power *= 2) {
    ordered.push(...queue.slice(ordered.length, ordered.length + size).reverse());
    size = power - size;
  }
  return ordered;
}

function placeOf(chain: readonly Tier[], tier: Tier): number {
  return chain.findIndex((each) => each.includes(tier[0]!));
}

/** Binary insertion into the chain at `from` or below it; a tie joins the tier it is equal to. */
function insert(chain: Tier[], tier: Tier, from: number, compare: Compare): void {
  let [low, high] = [from, chain.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const said = compare(tier, chain[middle]!);
    if (said === 0) {
      chain[middle]!.push(...tier);
      return;
    }
    if (said < 0) high = middle;
    else low = middle + 1;
  }
  chain.splice(low, 0, [...tier]);
}
