import { describe, expect, it } from "vitest";
import { courseOf, duelsOf, pick, picksFrom, storedDuels, type Picks, type Question } from "./bestWorst";

const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const QUALITY = Object.fromEntries(LETTERS.map((id, at) => [id, (at * 7 + 3) % 10]));

/** Answer every round by a hidden quality; says how many picks it took. */
function decide(order: readonly string[]) {
  let picks: Picks = {};
  let presses = 0;
  for (;;) {
    const { current } = courseOf(order, picks);
    if (!current) return { picks, presses };
    const missing = current.asks.find((question) => !picks[current.key]?.[question]) as Question;
    const sorted = [...current.shown].sort((x, y) => QUALITY[y]! - QUALITY[x]!);
    picks = pick(picks, current, missing, missing === "best" ? sorted[0]! : sorted.at(-1)!);
    expect(++presses).toBeLessThan(20);
  }
}

const pairs = (order: readonly string[], picks: Picks) =>
  duelsOf(order, picks).map(({ better, worse }) => `${better}>${worse}`);

describe("best and worst", () => {
  it("asks about up to four on one screen, with two picks", () => {
    for (const k of [3, 4]) {
      const order = LETTERS.slice(0, k);
      expect(courseOf(order, {}).total).toBe(1);
      expect(courseOf(order, {}).current?.shown).toEqual(order);
      expect(decide(order).presses).toBe(2);
    }
    expect(decide(["a", "b"]).presses).toBe(1);
  });

  it("stores best over each and each over worst, every pair once", () => {
    const round = courseOf(["a", "b", "c", "d"], {}).current!;
    const picks = pick(pick({}, round, "best", "c"), round, "worst", "a");
    expect(pairs(["a", "b", "c", "d"], picks)).toEqual(["c>a", "c>b", "b>a", "c>d", "d>a"]);
  });

  it.each([
    [5, [3, 2]],
    [6, [3, 3]],
    [7, [4, 3]],
    [8, [4, 4]],
    [9, [3, 3, 3]],
  ])("deals %i answers into rounds of %j and finds the best and the worst of all", (k, sizes) => {
    const order = LETTERS.slice(0, k);
    const { rounds, total } = courseOf(order, {});
    expect(rounds.map((round) => round.shown.length)).toEqual(sizes);
    expect(total).toBe(sizes.length + 2);
    const sorted = [...order].sort((x, y) => QUALITY[y]! - QUALITY[x]!);
    const { best, worst } = courseOf(order, decide(order).picks);
    expect([best, worst]).toEqual([sorted[0], sorted.at(-1)]);
  });

  it("never says of an answer that it is better than one it was not shown with", () => {
    const order = LETTERS;
    const { picks } = decide(order);
    const shown = courseOf(order, picks).rounds.map((round) => round.shown);
    for (const { better, worse } of duelsOf(order, picks)) {
      expect(shown.some((ids) => ids.includes(better) && ids.includes(worse))).toBe(true);
      expect(QUALITY[better]).toBeGreaterThan(QUALITY[worse]!);
    }
  });

  it("hands in best over each and each over worst, across rounds too, and is read back from it", () => {
    for (const k of [3, 4, 5, 9]) {
      const order = LETTERS.slice(0, k);
      const { picks } = decide(order);
      const { best, worst } = courseOf(order, picks);
      const stored = storedDuels(order, picks);
      const said = stored.map(({ better, worse }) => `${better}>${worse}`);
      expect(new Set(said).size).toBe(said.length);
      for (const id of order) {
        if (id !== best) expect(said).toContain(`${best}>${id}`);
        if (id !== worst) expect(said).toContain(`${id}>${worst}`);
      }
      expect(courseOf(order, picksFrom(order, stored))).toEqual(courseOf(order, picks));
      if (k <= 4) expect(said).toHaveLength(2 * k - 3);
    }
  });

  it("lets no answer be both, and takes a pick back when it is made again", () => {
    const round = courseOf(["a", "b", "c"], {}).current!;
    const best = pick({}, round, "best", "a");
    expect(pick(best, round, "worst", "a")).toEqual({ 0: { worst: "a" } });
    expect(pick(best, round, "best", "a")).toEqual({ 0: {} });
    expect(pick(best, round, "best", "b")).toEqual({ 0: { best: "b" } });
    expect(pick(best, round, "best", "x")).toBe(best);
  });

  it("asks the finals again when a round was changed, and keeps the other rounds", () => {
    const { picks } = decide(LETTERS);
    const first = courseOf(LETTERS, picks).rounds[0]!;
    const other = first.shown.find((id) => id !== picks[0]!.best && id !== picks[0]!.worst)!;
    const changed = pick(picks, first, "best", other);
    expect(Object.keys(changed).sort()).toEqual(["0", "1", "2"]);
    expect(courseOf(LETTERS, changed).current?.key).toBe("best");
  });

  it("is the same after it was stored and read back, at every point", () => {
    for (const k of [2, 4, 5, 9]) {
      const order = LETTERS.slice(0, k);
      let picks: Picks = {};
      for (;;) {
        expect(courseOf(order, picksFrom(order, duelsOf(order, picks)))).toEqual(courseOf(order, picks));
        expect(pairs(order, picksFrom(order, duelsOf(order, picks)))).toEqual(pairs(order, picks));
        const { current } = courseOf(order, picks);
        if (!current) break;
        const missing = current.asks.find((question) => !picks[current.key]?.[question])!;
        const sorted = [...current.shown].sort((x, y) => QUALITY[y]! - QUALITY[x]!);
        picks = pick(picks, current, missing, missing === "best" ? sorted[0]! : sorted.at(-1)!);
      }
    }
  });

  it("goes on without those that cannot be judged, and keeps what was said of the others", () => {
    const order = ["a", "b", "c", "d", "e"];
    const [first, second] = courseOf(order, {}).rounds;
    expect([first!.shown, second!.shown]).toEqual([["a", "b", "c"], ["d", "e"]]);
    const picks = pick(pick(pick({}, first!, "best", "a"), first!, "worst", "b"), second!, "best", "d");
    // e alone is left of its round: it meets a for the best and b for the worst.
    const final = courseOf(order, picks, ["d"]).current!;
    expect(final).toEqual({ key: "best", shown: ["a", "e"], asks: ["best"] });
    expect(courseOf(order, pick(picks, final, "best", "e"), ["d"])).toMatchObject({ best: "e", worst: "b", current: null });
    const lost = pick(picks, final, "best", "a");
    expect(courseOf(order, lost, ["d"]).current?.shown).toEqual(["b", "e"]);
    expect(pairs(order, picks)).toContain("d>e");
    expect(duelsOf(order, picks, ["d"]).some((duel) => duel.better === "d")).toBe(false);
    expect(courseOf(["a"], {})).toMatchObject({ current: null, best: "a", worst: "a" });
    expect(courseOf(["a"], {}, ["a"])).toMatchObject({ current: null, best: null, worst: null });
  });
});
