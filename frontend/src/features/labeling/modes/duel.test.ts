import { describe, expect, it } from "vitest";
import { duelOf, plainDuel, scaleOf, stepped, tiersOfDuel, verdictOf } from "./duel";

describe("a duel", () => {
  it("has seven steps with a tie in the middle, six without", () => {
    expect(scaleOf(true)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(scaleOf(false)).toEqual([-3, -2, -1, 1, 2, 3]);
  });

  it("is stored as who is better and by how much", () => {
    expect(duelOf("l", "r", -3)).toEqual({ better: "l", worse: "r", is_tie: false, strength: 3 });
    expect(duelOf("l", "r", 1)).toEqual({ better: "r", worse: "l", is_tie: false, strength: 1 });
    expect(duelOf("l", "r", 0)).toEqual({ better: "l", worse: "r", is_tie: true, strength: null });
    expect(plainDuel("l", "r", 1)).toEqual({ better: "r", worse: "l", is_tie: false, strength: null });
    expect(tiersOfDuel(duelOf("l", "r", 2))).toEqual([["r"], ["l"]]);
    expect(tiersOfDuel(duelOf("l", "r", 0))).toEqual([["l", "r"]]);
  });

  it("steps from nothing to the near side, over the tie or past where it is, and stops at the ends", () => {
    expect(stepped(null, -1, true)).toBe(-1);
    expect(stepped(null, 1, false)).toBe(1);
    expect(stepped(-1, 1, true)).toBe(0);
    expect(stepped(-1, 1, false)).toBe(1);
    expect(stepped(3, 1, true)).toBe(3);
    expect(stepped(-3, -1, false)).toBe(-3);
  });

  it("is read back from either side", () => {
    const duel = duelOf("l", "r", -2);
    expect(verdictOf("l", "r", duel)).toBe(-2);
    expect(verdictOf("r", "l", duel)).toBe(2);
    expect(verdictOf("l", "r", duelOf("r", "l", 0))).toBe(0);
    expect(verdictOf("l", "x", duel)).toBeNull();
    expect(verdictOf("l", "r", plainDuel("l", "r", -1))).toBeNull();
    expect(verdictOf("l", "r", undefined)).toBeNull();
  });
});
