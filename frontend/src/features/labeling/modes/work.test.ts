import { describe, expect, it } from "vitest";
import { betterFrom, duelsFrom, remarksFrom, saidIn, written } from "./work";

const ORDER = ["p", "q", "r"];
const SCREEN = {
  mode: "best_worst",
  steps: [],
  axes: [],
  flags: ["harmful", "off_topic"],
  allow_ties: true,
  draw_cut: true,
  write_better: true,
  mark_spans: false,
  take_notes: true,
} satisfies Parameters<typeof remarksFrom>[2];

describe("what every mode hands in", () => {
  it("names every answer once and leaves out what cannot be judged or was not said", () => {
    const content = {
      tiers: [["q"]],
      cannot_judge: ["r"],
      direct: [
        { better: "q", worse: "p", is_tie: false, strength: null },
        { better: "q", worse: "r", is_tie: false, strength: null },
      ],
      unacceptable_below: 1,
    };
    const remarks = { flags: { p: ["harmful"], q: [] }, notes: { q: " " }, note: " hm ", better: null };
    expect(saidIn("best_worst", ORDER, content, remarks)).toEqual({
      mode: "best_worst",
      tiers: [["q"]],
      unplaced: ["p"],
      cannot_judge: ["r"],
      unacceptable_below: 1,
      direct: [{ better: "q", worse: "p", is_tie: false, strength: null }],
      flags: { p: ["harmful"] },
      notes: {},
      note: "hm",
      better_answer: null,
    });
  });

  it("draws no line where nothing is placed", () => {
    const content = { tiers: [], cannot_judge: [], direct: [], unacceptable_below: 1 };
    const remarks = { flags: {}, notes: {}, note: "", better: null };
    expect(saidIn("drag_list", ORDER, content, remarks).unacceptable_below).toBeNull();
  });

  it("is read back, without what the item or the project does not have", () => {
    const given = {
      flags: { p: ["off_topic", "gone"], x: ["harmful"] },
      notes: { q: "why", r: 7 },
      note: "all",
      better_answer: { text: "t", based_on: "x" },
      direct: [{ better: "p", worse: "x" }, { better: "p", worse: "q", is_tie: true, strength: 2 }, "?"],
    };
    expect(remarksFrom(given, ORDER, SCREEN)).toEqual({
      flags: { p: ["off_topic"] },
      notes: { q: "why" },
      note: "all",
      better: { text: "t", based_on: null },
    });
    expect(duelsFrom(given, ORDER)).toEqual([{ better: "p", worse: "q", is_tie: true, strength: null }]);
    expect(betterFrom({ based_on: "p" }, ORDER)).toBeNull();
  });
});

it("hands in a better answer only where something was written", () => {
  const answers = [{ id: "p", text: "As it was." }];
  expect(written({ text: "  ", based_on: null }, answers)).toBeNull();
  expect(written({ text: "As it was.\n", based_on: "p" }, answers)).toBeNull();
  expect(written({ text: "As it should be.", based_on: "p" }, answers)?.text).toBe("As it should be.");
  expect(written({ text: "As it was.", based_on: null }, answers)?.based_on).toBeNull();
});
