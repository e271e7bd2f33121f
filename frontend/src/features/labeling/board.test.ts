import { describe, expect, it } from "vitest";
import { newBoard, placesFrom, reduceBoard, tiersOf, TRAY, UNJUDGEABLE, type Board } from "./board";

const FIVE = ["p", "q", "r", "s", "t"];

function place(board: Board, ...moves: [string, number][]): Board {
  return moves.reduce(
    (now, [id, lane]) => reduceBoard(now, { type: "place", id, place: lane, advance: true }),
    board,
  );
}

describe("the board", () => {
  it("starts with nothing placed and the first answer in focus", () => {
    const board = newBoard(FIVE, true);
    expect(tiersOf(board)).toEqual([]);
    expect(board.focused).toBe("p");
  });

  it("closes the gaps between tiers and keeps ties together", () => {
    const board = place(newBoard(FIVE, true), ["p", 4], ["q", 2], ["r", 4], ["s", 5], ["t", 2]);
    expect(tiersOf(board)).toEqual([["q", "t"], ["p", "r"], ["s"]]);
  });

  it("goes to the next unplaced answer, around the end, and stays when none is left", () => {
    let board = reduceBoard(newBoard(FIVE, true), { type: "focus", id: "s" });
    board = place(board, ["s", 1]);
    expect(board.focused).toBe("t");
    board = place(board, ["t", 2]);
    expect(board.focused).toBe("p");
    board = place(board, ["p", 3], ["q", 3], ["r", 3]);
    expect(board.focused).toBe("r");
  });

  it("keeps answers that cannot be judged out of the order", () => {
    const board = place(newBoard(["p", "q"], true), ["p", UNJUDGEABLE], ["q", 1]);
    expect(tiersOf(board)).toEqual([["q"]]);
  });

  it("refuses tiers beyond the number of answers", () => {
    const board = place(newBoard(["p", "q"], true), ["p", 3]);
    expect(board.places.p).toBe(TRAY);
  });

  it("takes back change after change, up to the untouched board", () => {
    let board = place(newBoard(FIVE, true), ["p", 1], ["q", 1], ["p", 3]);
    board = reduceBoard(board, { type: "undo" });
    expect(tiersOf(board)).toEqual([["p", "q"]]);
    expect(board.focused).toBe("p");
    board = reduceBoard(reduceBoard(board, { type: "undo" }), { type: "undo" });
    expect(tiersOf(board)).toEqual([]);
    expect(reduceBoard(board, { type: "undo" })).toBe(board);
  });

  it("does not record a change that changes nothing", () => {
    const board = place(newBoard(FIVE, true), ["p", 2], ["p", 2]);
    expect(board.past).toHaveLength(1);
  });

  it("moves a placed answer one tier and stops at both ends", () => {
    let board = place(newBoard(["p", "q"], true), ["p", 1]);
    expect(reduceBoard(board, { type: "shift", id: "p", by: -1 }).places.p).toBe(1);
    board = reduceBoard(board, { type: "shift", id: "p", by: 1 });
    expect(board.places.p).toBe(2);
    expect(reduceBoard(board, { type: "shift", id: "p", by: 1 }).places.p).toBe(2);
  });

  it("ties with the nearest tier above, across gaps", () => {
    let board = place(newBoard(FIVE, true), ["p", 1], ["q", 4]);
    board = reduceBoard(board, { type: "tieAbove", id: "q" });
    expect(tiersOf(board)).toEqual([["p", "q"]]);
    expect(reduceBoard(board, { type: "tieAbove", id: "q" })).toBe(board);
  });
});

describe("a project without ties", () => {
  it("makes room downwards when a tier is taken", () => {
    const board = place(newBoard(FIVE, false), ["p", 1], ["q", 2], ["r", 1]);
    expect(tiersOf(board)).toEqual([["r"], ["p"], ["q"]]);
  });

  it("makes room upwards where the bottom is full", () => {
    const board = place(newBoard(["p", "q", "r"], false), ["p", 3], ["q", 2], ["r", 3]);
    expect(tiersOf(board)).toEqual([["q"], ["p"], ["r"]]);
  });

  it("never holds two answers in one tier, whatever is pressed", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let k = 2; k <= 9; k++) {
      const ids = Array.from({ length: k }, (_, index) => `c${index}`);
      let board = newBoard(ids, false);
      for (let press = 0; press < 60; press++) {
        const id = ids[random(k)]!;
        board =
          random(3) > 0
            ? reduceBoard(board, { type: "place", id, place: random(k + 2) - 1, advance: true })
            : reduceBoard(board, { type: "shift", id, by: random(2) === 0 ? -1 : 1 });
        expect(tiersOf(board).every((tier) => tier.length === 1)).toBe(true);
      }
    }
  });

  it("swaps neighbours with the arrow keys", () => {
    let board = place(newBoard(["p", "q"], false), ["p", 1], ["q", 2]);
    board = reduceBoard(board, { type: "shift", id: "q", by: -1 });
    expect(tiersOf(board)).toEqual([["q"], ["p"]]);
  });
});

describe("a draft", () => {
  it("puts every answer back in its lane, gaps included", () => {
    const board = newBoard(["p", "q", "r"], true, { p: 3, q: UNJUDGEABLE });
    expect(board.places).toEqual({ p: 3, q: UNJUDGEABLE, r: TRAY });
    expect(board.focused).toBe("r");
  });

  it("survives nonsense", () => {
    const board = newBoard(["p", "q"], true, { p: 77, q: 1.5, x: 1 });
    expect(board.places).toEqual({ p: TRAY, q: TRAY });
    expect(placesFrom("nonsense")).toBeUndefined();
    expect(placesFrom(null)).toBeUndefined();
  });

  it("may be the content of a ranking that was taken back", () => {
    const places = placesFrom({ tiers: [["q"], ["p", "r"]], unplaced: ["s"], cannot_judge: ["t"] });
    const board = newBoard(FIVE, true, places);
    expect(tiersOf(board)).toEqual([["q"], ["p", "r"]]);
    expect(board.places.t).toBe(UNJUDGEABLE);
    expect(board.places.s).toBe(TRAY);
  });
});
