import { describe, expect, it } from "vitest";
import { duelOf, plainDuel } from "./duel";
import { answered, contentOf, guidedFrom, lastLook, left, nextPair, progress, stepBack, withUnjudgeable, type GuidedState } from "./guidedWork";
import { shifted, tiersOfList } from "./orderList";

const SIX = ["a", "b", "c", "d", "e", "f"];
const QUALITY: Record<string, number> = { a: 2, b: 6, c: 4, d: 1, e: 5, f: 3 };

/** Answer duels by a hidden quality, `most` of them or to the end. */
function play(state: GuidedState, most = 99): GuidedState {
  for (let count = 0; count < most; count++) {
    const pair = nextPair(state);
    if (!pair) return state;
    state = answered(state, duelOf(...pair, QUALITY[pair[0]]! > QUALITY[pair[1]]! ? -2 : 2));
  }
  return state;
}

const fresh = () => guidedFrom(SIX, true, {});

describe("a ranking by duels in the making", () => {
  it("shows the earlier answer on the left", () => {
    let state = fresh();
    for (let pair = nextPair(state); pair; pair = nextPair(state)) {
      expect(SIX.indexOf(pair[0])).toBeLessThan(SIX.indexOf(pair[1]));
      state = play(state, 1);
    }
  });

  it("ends with the order the duels give, and every duel as it was answered", () => {
    const done = contentOf(play(fresh()));
    expect(done.tiers).toEqual([["b"], ["e"], ["c"], ["f"], ["a"], ["d"]]);
    expect(done.direct.length).toBeLessThanOrEqual(10);
    for (const { better, worse, strength } of done.direct) {
      expect(QUALITY[better]).toBeGreaterThan(QUALITY[worse]!);
      expect(strength).toBe(2);
    }
  });

  it("is the same after it was stored and read back, at every point", () => {
    for (let count = 0; count <= 10; count++) {
      const state = play(fresh(), count);
      expect(guidedFrom(SIX, true, { ...contentOf(state) })).toEqual(state);
    }
  });

  it("says nothing of an order before the duels are answered", () => {
    expect(contentOf(play(fresh(), 4)).tiers).toEqual([]);
  });

  it("keeps the duels as answered when the order is changed on the last look", () => {
    const done = play(fresh());
    const changed = { ...done, changed: shifted(lastLook(done), "d", -1) };
    expect(contentOf(changed).tiers.slice(-2)).toEqual([["d"], ["a"]]);
    expect(contentOf(changed).direct).toEqual(done.duels);
    expect(guidedFrom(SIX, true, { ...contentOf(changed) })).toEqual(changed);
    expect(stepBack(changed)).toEqual(done);
  });

  it("goes one duel back, and asks for it again", () => {
    const state = play(fresh(), 5);
    const back = stepBack(state);
    expect(back.duels).toEqual(state.duels.slice(0, 4));
    expect([...nextPair(back)!].sort()).toEqual([state.duels[4]!.better, state.duels[4]!.worse].sort());
    expect(left(back)).toBeGreaterThan(left(state));
  });

  it("corrects an earlier duel in its place and goes on from there", () => {
    const done = play(fresh());
    const { better, worse } = done.duels[0]!;
    const corrected = answered(done, plainDuel(worse, better, -1));
    expect(corrected.duels).toHaveLength(done.duels.length);
    expect(corrected.duels[0]).toEqual({ better: worse, worse: better, is_tie: false, strength: null });
    expect(progress(play(corrected)).done).toBe(true);
  });

  it("leaves out what cannot be judged, and asks less for it", () => {
    const out = withUnjudgeable(play(fresh(), 2), "c", true);
    expect(left(out)).toBeLessThan(left(play(fresh(), 2)));
    const done = play(out);
    expect(contentOf(done)).toMatchObject({
      tiers: [["b"], ["e"], ["f"], ["a"], ["d"]],
      cannot_judge: ["c"],
    });
    expect(tiersOfList(lastLook(play(withUnjudgeable(done, "c", false))))).toHaveLength(6);
  });
});
