import { describe, expect, it } from "vitest";
import type { Screen } from "./api";
import { tiersOf } from "./board";
import { pairsToConfirm, pairToConfirm } from "./confirm";
import { emptyContent, newJudgment, reduce, stepsOf, type Judgment, type JudgmentAction } from "./judgment";
import { mismatches, suggestedPlaces } from "./suggestions";

const PLAIN: Screen = {
  mode: "tiers",
  steps: [],
  axes: [],
  flags: [],
  allow_ties: true,
  draw_cut: false,
  write_better: false,
  mark_spans: false,
  take_notes: false,
};
const FULL: Screen = {
  ...PLAIN,
  steps: ["grade", "confirm"],
  axes: ["helpful", "truthful"],
  flags: ["harmful", "off_topic"],
  draw_cut: true,
  take_notes: true,
};
const THREE = ["p", "q", "r"];

function start(screen: Screen, ids = THREE): Judgment {
  return newJudgment(emptyContent(ids, screen), screen);
}

function after(now: Judgment, ...actions: JudgmentAction[]): Judgment {
  return actions.reduce(reduce, now);
}

const put = (id: string, place: number): JudgmentAction => ({ type: "place", id, place, advance: true });

/** Digits as they are pressed in the grade step. */
function press(now: Judgment, ...grades: number[]): Judgment {
  return grades.reduce(
    (to, grade) =>
      reduce(to, { type: "grade", id: to.focused, axis: to.axis, grade, advance: true }),
    now,
  );
}

describe("the steps", () => {
  it("of a plain project are the one", () => {
    expect(stepsOf(PLAIN)).toEqual(["tier"]);
    expect(start(PLAIN).step).toBe("tier");
  });

  it("come in their order, with a summary at the end", () => {
    expect(stepsOf(FULL)).toEqual(["grade", "tier", "confirm", "final"]);
    expect(stepsOf({ ...PLAIN, steps: ["confirm"] })).toEqual(["tier", "confirm", "final"]);
  });
});

describe("placing", () => {
  it("goes to the next unplaced answer, around the end, and stays when none is left", () => {
    let now = after(start(PLAIN), { type: "focus", id: "q" }, put("q", 1));
    expect(now.focused).toBe("r");
    now = after(now, put("r", 2));
    expect(now.focused).toBe("p");
    now = after(now, put("p", 3));
    expect(now.focused).toBe("p");
  });

  it("does not record a change that changes nothing", () => {
    expect(after(start(PLAIN), put("p", 2), put("p", 2)).past).toHaveLength(1);
  });

  it("ties with the nearest tier above, across gaps", () => {
    const now = after(start(PLAIN), put("p", 1), put("q", 3), { type: "tieAbove", id: "q" });
    expect(tiersOf(now.content.board)).toEqual([["p", "q"]]);
  });
});

describe("undo and redo", () => {
  it("go over everything that was said, back to the untouched judgment and forth again", () => {
    const untouched = start(FULL);
    const done = after(
      untouched,
      { type: "grade", id: "p", axis: "helpful", grade: 6, advance: true },
      { type: "flag", id: "q", flag: "harmful" },
      { type: "note", id: "q", text: "no" },
      { type: "goTo", step: "tier" },
      put("p", 1),
      put("q", 2),
      { type: "moveCut", by: -1 },
      { type: "spans", id: "p", spans: [{ start: 0, end: 2, quote: "ab", flag: null, note: "" }] },
      { type: "compare", direct: { better: "p", worse: "r", is_tie: false, strength: 3 } },
      { type: "noteWhole", text: "all" },
    );
    expect(done.past).toHaveLength(9);
    let now = done;
    for (let step = 0; step < 9; step++) now = reduce(now, { type: "undo" });
    expect(now.content).toEqual(untouched.content);
    expect(reduce(now, { type: "undo" })).toBe(now);
    for (let step = 0; step < 9; step++) now = reduce(now, { type: "redo" });
    expect(now.content).toEqual(done.content);
  });

  it("go back to where the change was made", () => {
    const now = after(
      start(FULL),
      { type: "grade", id: "q", axis: "truthful", grade: 3, advance: true },
      { type: "goTo", step: "tier" },
      { type: "focus", id: "r" },
      { type: "undo" },
    );
    expect(now.step).toBe("grade");
    expect(now.content.grades).toEqual({});
  });

  it("take a typed note as one change", () => {
    const now = after(
      start(FULL),
      { type: "note", id: "p", text: "a" },
      { type: "note", id: "p", text: "ab" },
      { type: "note", id: "q", text: "c" },
      { type: "undo" },
    );
    expect(now.content.notes).toEqual({ p: "ab" });
    expect(reduce(now, { type: "undo" }).content.notes).toEqual({});
  });

  it("forget what was undone once something else is said", () => {
    const now = after(start(PLAIN), put("p", 1), { type: "undo" }, put("q", 1), { type: "redo" });
    expect(tiersOf(now.content.board)).toEqual([["q"]]);
  });
});

describe("grading", () => {
  it("goes through the axes, then to the next answer, and stays at the end", () => {
    const now = press(start(FULL), 6, 5, 4);
    expect([now.focused, now.axis]).toEqual(["q", "truthful"]);
    const done = press(now, 4, 2, 1);
    expect(done.content.grades).toEqual({
      p: { helpful: 6, truthful: 5 },
      q: { helpful: 4, truthful: 4 },
      r: { helpful: 2, truthful: 1 },
    });
    expect([done.focused, done.axis]).toEqual(["r", "truthful"]);
  });

  it("passes over answers that cannot be judged", () => {
    let now = after(start(FULL), { type: "place", id: "q", place: -1, advance: false });
    now = press(after(now, { type: "focus", id: "p" }), 6, 5);
    expect(now.focused).toBe("r");
    now = after(now, { type: "place", id: "r", place: -1, advance: true });
    expect(now.focused).toBe("r"); // nothing is left to grade
    const first = after(start(FULL), { type: "place", id: "p", place: -1, advance: true });
    expect([first.focused, first.axis]).toEqual(["q", "helpful"]);
  });

  it("refuses grades that are none, and strange axes", () => {
    const now = start(FULL);
    for (const grade of [0, 8, 2.5]) {
      expect(reduce(now, { type: "grade", id: "p", axis: "helpful", grade, advance: true })).toBe(now);
    }
    expect(reduce(now, { type: "grade", id: "p", axis: "wit", grade: 3, advance: true })).toBe(now);
  });
});

describe("suggestions", () => {
  const graded = press(start(FULL), 6, 6, 2, 2, 6, 6);

  it("are made once everything is graded, equal grades together", () => {
    expect(suggestedPlaces(press(start(FULL), 6, 6).content, FULL)).toEqual({});
    expect(suggestedPlaces(graded.content, FULL)).toEqual({ p: 1, r: 1, q: 2 });
  });

  it("place nothing until they are accepted, tier by tier or all", () => {
    expect(tiersOf(graded.content.board)).toEqual([]);
    const one = reduce(graded, { type: "accept", ids: ["p", "r"] });
    expect(tiersOf(one.content.board)).toEqual([["p", "r"]]);
    expect(suggestedPlaces(one.content, FULL)).toEqual({ q: 2 });
    const all = reduce(one, { type: "accept", ids: ["q"] });
    expect(tiersOf(all.content.board)).toEqual([["p", "r"], ["q"]]);
  });

  it("say nothing about equal grades where ties are not allowed", () => {
    const screen = { ...FULL, allow_ties: false };
    const content = press(start(screen), 6, 6, 2, 2, 6, 6).content;
    expect(suggestedPlaces(content, screen)).toEqual({ q: 3 });
  });

  it("name answers placed above one with a better grade", () => {
    const now = after(graded, put("q", 1), put("p", 2), put("r", 1));
    expect(mismatches(now.content, FULL)).toEqual({ q: ["p"] });
  });
});

describe("confirming", () => {
  const ordered = after(
    start({ ...FULL, steps: ["confirm"] }),
    put("p", 1),
    put("q", 2),
    put("r", 3),
    { type: "goTo", step: "confirm" },
  );
  const pairs = (now: Judgment) => pairsToConfirm(now.content, now.screen);

  it("walks the neighbours from the top", () => {
    expect(pairs(ordered)).toEqual([
      { upper: "p", lower: "q" },
      { upper: "q", lower: "r" },
    ]);
  });

  it("records the right order with its strength and goes on, to the summary at the end", () => {
    const one = reduce(ordered, { type: "confirm", better: "p", worse: "q", tie: false, strength: 2 });
    expect(one.content.direct).toEqual([{ better: "p", worse: "q", is_tie: false, strength: 2 }]);
    expect(tiersOf(one.content.board)).toEqual([["p"], ["q"], ["r"]]);
    expect([one.step, pairs(one)]).toEqual(["confirm", [{ upper: "q", lower: "r" }]]);
    const two = reduce(one, { type: "confirm", better: "q", worse: "r", tie: false, strength: null });
    expect(two.step).toBe("final");
  });

  it("swaps the two, and asks about the new neighbours", () => {
    const now = reduce(ordered, { type: "confirm", better: "q", worse: "p", tie: false, strength: 1 });
    expect(tiersOf(now.content.board)).toEqual([["q"], ["p"], ["r"]]);
    expect(pairs(now)).toEqual([{ upper: "p", lower: "r" }]);
  });

  it("joins the two in a tie without strength", () => {
    const now = reduce(ordered, { type: "confirm", better: "p", worse: "q", tie: true, strength: 3 });
    expect(tiersOf(now.content.board)).toEqual([["p", "q"], ["r"]]);
    expect(now.content.direct).toEqual([{ better: "p", worse: "q", is_tie: true, strength: null }]);
  });

  it("holds the weakest of a tier against the strongest of the next", () => {
    const ids = ["a", "b", "c", "d"];
    let now = press(start(FULL, ids), 5, 5, 4, 4, 3, 3, 6, 6);
    now = after(now, put("a", 1), put("b", 1), put("c", 2), put("d", 2));
    expect(pairToConfirm(now.content, FULL)).toEqual({ upper: "b", lower: "d" });
  });

  it("is done with one undo at a time", () => {
    const now = after(
      ordered,
      { type: "confirm", better: "q", worse: "p", tie: false, strength: 1 },
      { type: "undo" },
    );
    expect(now.content).toEqual(ordered.content);
  });
});
