import { describe, expect, it } from "vitest";
import {
  acceptableTiers,
  moveCut,
  newBoard,
  placesOfTiers,
  placeOf,
  put,
  shift,
  split,
  swap,
  tiersOf,
  TRAY,
  UNJUDGEABLE,
  type Board,
} from "./board";

const FIVE = ["p", "q", "r", "s", "t"];

function place(board: Board, ...moves: [string, number][]): Board {
  return moves.reduce((now, [id, lane]) => put(now, id, lane), board);
}

function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
}

describe("the board", () => {
  it("starts with nothing placed and no line drawn", () => {
    const board = newBoard(FIVE, true);
    expect(tiersOf(board)).toEqual([]);
    expect(acceptableTiers(board)).toBeNull();
  });

  it("closes the gaps between tiers and keeps ties together", () => {
    const board = place(newBoard(FIVE, true), ["p", 4], ["q", 2], ["r", 4], ["s", 5], ["t", 2]);
    expect(tiersOf(board)).toEqual([["q", "t"], ["p", "r"], ["s"]]);
  });

  it("keeps answers that cannot be judged out of the order", () => {
    const board = place(newBoard(["p", "q"], true), ["p", UNJUDGEABLE], ["q", 1]);
    expect(tiersOf(board)).toEqual([["q"]]);
  });

  it("refuses tiers beyond the number of answers, and strangers", () => {
    const board = newBoard(["p", "q"], true);
    expect(put(board, "p", 3)).toBe(board);
    expect(put(board, "x", 1)).toBe(board);
  });

  it("moves a placed answer one tier and stops at both ends", () => {
    let board = place(newBoard(["p", "q"], true), ["p", 1]);
    expect(shift(board, "p", -1)).toBe(board);
    board = shift(board, "p", 1);
    expect(board.places.p).toBe(2);
    expect(shift(board, "p", 1)).toBe(board);
  });

  it("takes an answer out of a tie into a tier right below, making room where it must", () => {
    const three = ["p", "q", "r"];
    const below = place(newBoard(three, true), ["p", 1], ["q", 1], ["r", 2]);
    expect(tiersOf(split(below, "p"))).toEqual([["q"], ["p"], ["r"]]);
    const bottom = place(newBoard(three, true), ["r", 2], ["p", 3], ["q", 3]);
    expect(tiersOf(split(bottom, "p"))).toEqual([["r"], ["q"], ["p"]]);
    const alone = place(newBoard(three, true), ["p", 1]);
    expect(split(alone, "p")).toBe(alone);
  });

  it("splits any tie without touching the order of the others", () => {
    const draw = random(11);
    for (let round = 0; round < 300; round++) {
      const k = 2 + draw(8);
      const ids = Array.from({ length: k }, (_, index) => `c${index}`);
      const board = place(newBoard(ids, true), ...ids.map((id): [string, number] => [id, 1 + draw(k)]));
      const tiers = tiersOf(board);
      const tie = tiers.find((tier) => tier.length > 1);
      if (!tie) continue;
      const mover = tie[draw(tie.length)]!;
      const expected = tiers.flatMap((tier) =>
        tier === tie ? [tier.filter((id) => id !== mover), [mover]] : [tier],
      );
      expect(tiersOf(split(board, mover))).toEqual(expected);
    }
  });
});

describe("the acceptable line", () => {
  const placed = place(newBoard(FIVE, true), ["p", 1], ["q", 3], ["r", 3], ["s", 5]);

  it("goes through the order tier by tier, up to 'nothing is acceptable', and away at the bottom", () => {
    const seen: (number | null)[] = [];
    let board = placed;
    for (let press = 0; press < 5; press++) {
      board = moveCut(board, -1);
      seen.push(acceptableTiers(board));
    }
    expect(seen).toEqual([3, 2, 1, 0, 0]);
    for (let press = 0; press < 4; press++) board = moveCut(board, 1);
    expect(acceptableTiers(board)).toBeNull();
    expect(moveCut(board, 1)).toBe(board);
  });

  it("is not drawn while nothing is placed", () => {
    const empty = newBoard(FIVE, true);
    expect(moveCut(empty, -1)).toBe(empty);
  });

  it("stays between the same answers when others make room", () => {
    let board = place(newBoard(FIVE, false), ["p", 1], ["q", 2], ["r", 3]);
    board = { ...board, cut: 2 };
    board = put(board, "s", 1);
    expect(tiersOf(board)).toEqual([["s"], ["p"], ["q"], ["r"]]);
    expect(acceptableTiers(board)).toBe(3);
  });

  it("keeps both halves of a split tie on the side they were on", () => {
    const board = { ...place(newBoard(["p", "q", "r"], true), ["p", 1], ["q", 1], ["r", 2]), cut: 1 };
    expect(acceptableTiers(split(board, "p"))).toBe(2);
  });

  it("is crossed by an answer that is moved across it", () => {
    let board: Board = { ...place(newBoard(["p", "q", "r"], true), ["p", 1], ["q", 2]), cut: 1 };
    board = put(board, "q", 1);
    expect(acceptableTiers(board)).toBe(1);
    expect(tiersOf(board)).toEqual([["p", "q"]]);
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
    const draw = random(7);
    for (let k = 2; k <= 9; k++) {
      const ids = Array.from({ length: k }, (_, index) => `c${index}`);
      let board = newBoard(ids, false);
      for (let press = 0; press < 60; press++) {
        const id = ids[draw(k)]!;
        const other = ids[draw(k)]!;
        const kind = draw(4);
        if (kind === 0) board = shift(board, id, draw(2) === 0 ? -1 : 1);
        else if (kind === 1) board = swap(board, id, other);
        else board = put(board, id, draw(k + 2) - 1);
        expect(tiersOf(board).every((tier) => tier.length === 1)).toBe(true);
      }
    }
  });

  it("swaps neighbours with the arrow keys", () => {
    const board = place(newBoard(["p", "q"], false), ["p", 1], ["q", 2]);
    expect(tiersOf(shift(board, "q", -1))).toEqual([["q"], ["p"]]);
  });
});

describe("a kept board", () => {
  it("puts every answer back in its lane, gaps included", () => {
    const board = newBoard(["p", "q", "r"], true, { p: 3, q: UNJUDGEABLE }, 2);
    expect(board.places).toEqual({ p: 3, q: UNJUDGEABLE, r: TRAY });
    expect(board.cut).toBe(2);
  });

  it("survives nonsense", () => {
    const board = newBoard(["p", "q"], true, { p: 77, q: 1.5, x: 1 }, "high");
    expect(board.places).toEqual({ p: TRAY, q: TRAY });
    expect(board.cut).toBeNull();
  });

  it("may be given as tiers", () => {
    const board = newBoard(FIVE, true, placesOfTiers([["q"], ["p", "r"]], ["t"]));
    expect(tiersOf(board)).toEqual([["q"], ["p", "r"]]);
    expect(placeOf(board, "t")).toBe(UNJUDGEABLE);
    expect(placeOf(board, "s")).toBe(TRAY);
  });
});
