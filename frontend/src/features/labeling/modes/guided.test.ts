import { describe, expect, it } from "vitest";
import { duelsLeft, progressOf, type Duel } from "./guided";

const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/** Answer every duel by a hidden quality (higher is better) until the order is known. */
function rankBy(order: readonly string[], quality: Readonly<Record<string, number>>) {
  const duels: Duel[] = [];
  for (;;) {
    const now = progressOf(order, duels);
    if (now.done) return { tiers: now.tiers, duels };
    const [a, b] = now.pair;
    const gap = quality[a]! - quality[b]!;
    const [better, worse] = gap >= 0 ? [a, b] : [b, a];
    duels.push({ better, worse, is_tie: gap === 0, strength: null });
    expect(duels.length).toBeLessThan(50);
  }
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length < 2) yield [...items];
  for (const [at, item] of items.entries()) {
    const rest = [...items.slice(0, at), ...items.slice(at + 1)];
    for (const tail of permutations(rest)) yield [item, ...tail];
  }
}

function shuffles(count: number, values: readonly number[]): number[][] {
  let state = 12345;
  const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  return Array.from({ length: count }, () =>
    values
      .map((value) => ({ value, at: random() }))
      .sort((x, y) => x.at - y.at)
      .map(({ value }) => value),
  );
}

const byRank = (ids: readonly string[], ranks: readonly number[]) =>
  Object.fromEntries(ids.map((id, at) => [id, ranks[at]!]));

describe("ranking by duels", () => {
  it("finds every strict order of six answers, with at most ten duels", () => {
    const six = LETTERS.slice(0, 6);
    let most = 0;
    for (const ranks of permutations([1, 2, 3, 4, 5, 6])) {
      const quality = byRank(six, ranks);
      const { tiers, duels } = rankBy(six, quality);
      const expected = [...six].sort((x, y) => quality[y]! - quality[x]!).map((id) => [id]);
      expect(tiers).toEqual(expected);
      most = Math.max(most, duels.length);
    }
    expect(most).toBe(10);
  });

  // Knuth, TAOCP volume 3, 5.3.1: the worst cases of merge insertion.
  it.each([
    [2, 1],
    [3, 3],
    [4, 5],
    [5, 7],
    [7, 13],
    [8, 16],
    [9, 19],
  ])("asks about %i answers at most %i times", (k, published) => {
    const ids = LETTERS.slice(0, k);
    const ranks = ids.map((_, at) => at);
    const trials = k <= 5 ? [...permutations(ranks)] : shuffles(2000, ranks);
    const counts = trials.map((trial) => rankBy(ids, byRank(ids, trial)).duels.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(published);
    if (k <= 5) expect(Math.max(...counts)).toBe(published);
    expect(duelsLeft(ids, [])).toBe(published);
  });

  it("puts equals into one tier and asks less for it", () => {
    const quality = { a: 2, b: 1, c: 2, d: 1, e: 3, f: 1, g: 2, h: 3, i: 1 };
    for (const order of shuffles(300, [0, 1, 2, 3, 4, 5, 6, 7, 8])) {
      const ids = order.map((at) => LETTERS[at]!);
      const { tiers, duels } = rankBy(ids, quality);
      expect(tiers.map((tier) => [...tier].sort())).toEqual([
        ["e", "h"],
        ["a", "c", "g"],
        ["b", "d", "f", "i"],
      ]);
      expect(duels.length).toBeLessThan(19);
    }
  });

  it("says of nine equals that they are equal after eight duels", () => {
    const { tiers, duels } = rankBy(LETTERS, byRank(LETTERS, LETTERS.map(() => 1)));
    expect(tiers.map((tier) => [...tier].sort())).toEqual([LETTERS]);
    expect(duels).toHaveLength(8);
  });

  it("goes on where it stopped, and one step back is one duel less", () => {
    const ids = LETTERS.slice(0, 7);
    const quality = byRank(ids, [3, 6, 1, 7, 2, 5, 4]);
    const { duels } = rankBy(ids, quality);
    for (let kept = 0; kept < duels.length; kept++) {
      const now = progressOf(ids, duels.slice(0, kept));
      expect(now.done).toBe(false);
      if (!now.done) expect([...now.pair].sort()).toEqual([duels[kept]!.better, duels[kept]!.worse].sort());
    }
  });

  it("says how many duels are left, and the number only falls", () => {
    const ids = LETTERS.slice(0, 9);
    for (const ranks of shuffles(100, [1, 2, 3, 4, 5, 6, 7, 8, 9])) {
      const { duels } = rankBy(ids, byRank(ids, ranks));
      const left = duels.map((_, kept) => duelsLeft(ids, duels.slice(0, kept)));
      for (let at = 1; at < left.length; at++) expect(left[at]!).toBeLessThanOrEqual(left[at - 1]!);
      expect(duelsLeft(ids, duels)).toBe(0);
    }
  });
});
