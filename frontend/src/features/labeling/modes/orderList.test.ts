import { describe, expect, it } from "vitest";
import {
  asUnjudgeable,
  cutOf,
  emptyList,
  insertAsTier,
  insertAt,
  LINE,
  listFrom,
  shifted,
  tierAbove,
  tiersOfList,
  tieWith,
  toTray,
  trayOf,
} from "./orderList";

const FOUR = emptyList(["a", "b", "c", "d"], true);
const listed = (tiers: string[][], cut: number | null = null) => listFrom(FOUR, tiers, cut);

describe("a list in order", () => {
  it("has nothing in order at first", () => {
    expect(tiersOfList(FOUR)).toEqual([]);
    expect(trayOf(FOUR)).toEqual(["a", "b", "c", "d"]);
  });

  it("takes answers in anywhere, and counts rows from where they stood when it was let go", () => {
    const two = insertAt(insertAt(FOUR, "c", 0), "a", 0);
    expect(tiersOfList(two)).toEqual([["a"], ["c"]]);
    const three = listed([["a"], ["b"], ["c"]]);
    expect(tiersOfList(insertAt(three, "a", 3))).toEqual([["b"], ["c"], ["a"]]);
    expect(tiersOfList(insertAt(three, "c", 1))).toEqual([["a"], ["c"], ["b"]]);
    expect(insertAt(three, "b", 1)).toBe(three);
    expect(insertAt(three, "b", 2)).toBe(three);
  });

  it("puts an answer at a number, the others make room", () => {
    const three = listed([["a"], ["b"], ["c"]]);
    expect(tiersOfList(insertAsTier(three, "d", 2))).toEqual([["a"], ["d"], ["b"], ["c"]]);
    expect(tiersOfList(insertAsTier(three, "d", 9))).toEqual([["a"], ["b"], ["c"], ["d"]]);
    expect(tiersOfList(insertAsTier(three, "a", 2))).toEqual([["b"], ["a"], ["c"]]);
    expect(insertAsTier(three, "a", 1)).toBe(three);
  });

  it("joins equals, and takes them apart again where they stand", () => {
    const tied = tieWith(listed([["a"], ["b"], ["c"]]), "c", "a");
    expect(tiersOfList(tied)).toEqual([["a", "c"], ["b"]]);
    expect(tiersOfList(shifted(tied, "a", 1))).toEqual([["c"], ["a"], ["b"]]);
    expect(tiersOfList(shifted(tied, "c", -1))).toEqual([["c"], ["a"], ["b"]]);
    expect(tierAbove(tied, "b")).toEqual(["a", "c"]);
    expect(tierAbove(tied, "a")).toBeUndefined();
  });

  it("puts it just above instead where ties are not allowed", () => {
    const strict = listFrom(emptyList(["a", "b", "c"], false), [["a"], ["b"]], null);
    expect(tiersOfList(tieWith(strict, "c", "b"))).toEqual([["a"], ["c"], ["b"]]);
    expect(tierAbove(strict, "b")).toBeUndefined();
    const draft = listFrom(emptyList(["a", "b", "c"], false), [["a", "b"], ["c"]], null);
    expect(tiersOfList(draft)).toEqual([["a"], ["b"], ["c"]]);
  });

  it("moves one step past a neighbour, and stops at the ends", () => {
    const three = listed([["a"], ["b"], ["c"]]);
    expect(tiersOfList(shifted(three, "c", -1))).toEqual([["a"], ["c"], ["b"]]);
    expect(tiersOfList(shifted(three, "a", 1))).toEqual([["b"], ["a"], ["c"]]);
    expect(shifted(three, "a", -1)).toBe(three);
    expect(shifted(three, "c", 1)).toBe(three);
    expect(tiersOfList(shifted(three, "d", -1)).at(-1)).toEqual(["d"]);
    expect(tiersOfList(shifted(three, "d", 1))[0]).toEqual(["d"]);
  });

  it("keeps the line where it was drawn while answers pass it", () => {
    const cut = listed([["a"], ["b"], ["c"]], 1);
    expect(cutOf(cut)).toBe(1);
    expect(cutOf(shifted(cut, "a", 1))).toBe(0);
    expect(cutOf(shifted(cut, "b", -1))).toBe(2);
    expect(tiersOfList(shifted(cut, "b", -1))).toEqual([["a"], ["b"], ["c"]]);
    expect(cutOf(shifted(cut, LINE, 1))).toBe(2);
    expect(cutOf(toTray(cut, "a"))).toBe(0);
    expect(cutOf(toTray(cut, LINE))).toBeNull();
    expect(cutOf(insertAt(FOUR, LINE, 0))).toBe(0);
    expect(cutOf(listed([["a"], ["b"]], 2))).toBe(2);
  });

  it("makes no tie of an answer and the line", () => {
    const cut = listed([["a"], ["b"]], 1);
    expect(tiersOfList(tieWith(cut, "c", LINE))).toEqual([["a"], ["c"], ["b"]]);
    expect(cutOf(tieWith(cut, "c", LINE))).toBe(2);
    expect(cutOf(tieWith(cut, LINE, "a"))).toBe(0);
  });

  it("leaves out what cannot be judged, and takes it back in", () => {
    const out = asUnjudgeable(listed([["a", "b"], ["c"]]), "c");
    expect(tiersOfList(out)).toEqual([["a", "b"]]);
    expect(trayOf(out)).toEqual(["d"]);
    expect(trayOf(toTray(out, "c"))).toEqual(["c", "d"]);
    expect(insertAt(out, "c", 0).unjudgeable).toEqual([]);
  });

  it("ignores in a draft what the item does not have", () => {
    const list = listFrom(FOUR, [["a", "x"], ["a"], ["y"], ["b"]], 3, ["b", "z"]);
    expect(tiersOfList(list)).toEqual([["a"]]);
    expect(list.unjudgeable).toEqual(["b"]);
    expect(trayOf(list)).toEqual(["c", "d"]);
  });
});
