import { describe, expect, it } from "vitest";
import type { Assignment, Screen } from "./api";
import { reduce, type Judgment, type JudgmentAction } from "./judgment";
import { bodyOf, draftOf, judgmentFrom } from "./submission";

const SCREEN: Screen = {
  mode: "tiers",
  steps: ["grade", "confirm"],
  axes: ["helpful"],
  flags: ["harmful"],
  allow_ties: true,
  draw_cut: true,
  write_better: true,
  mark_spans: true,
  take_notes: true,
};
const READING = { p: { visible_ms: 4000, read_percent: 100 } };

function assignment(screen = SCREEN): Assignment {
  return {
    screen,
    completions: ["p", "q", "r", "s"].map((id) => ({ id, text: id })),
  } as Assignment;
}

function full(): Judgment {
  const actions: JudgmentAction[] = [
    { type: "grade", id: "p", axis: "helpful", grade: 6, advance: true },
    { type: "flag", id: "q", flag: "harmful" },
    { type: "flag", id: "p", flag: "harmful" },
    { type: "flag", id: "p", flag: "harmful" },
    { type: "note", id: "q", text: "wrong" },
    { type: "note", id: "r", text: " " },
    { type: "spans", id: "q", spans: [{ start: 3, end: 5, quote: "ab", flag: "harmful", note: "" }] },
    { type: "goTo", step: "tier" },
    { type: "place", id: "p", place: 2, advance: true },
    { type: "place", id: "q", place: 4, advance: true },
    { type: "place", id: "r", place: -1, advance: true },
    { type: "setCut", cut: 2 },
    { type: "compare", direct: { better: "p", worse: "q", is_tie: false, strength: 3 } },
    { type: "compare", direct: { better: "p", worse: "r", is_tie: false, strength: 1 } },
    { type: "noteWhole", text: " hard to say " },
    { type: "better", better: { text: "p, and more", based_on: "p" } },
  ];
  return actions.reduce(reduce, judgmentFrom(assignment(), undefined));
}

const sent = {
  answers: ["p", "q", "r", "s"].map((id) => ({ id, text: id })),
  reading: READING,
  activeMs: 1234,
  unreadAccepted: true,
};

describe("what is handed in", () => {
  it("says everything that was said, and nothing about answers that cannot be judged", () => {
    expect(bodyOf(full(), sent)).toEqual({
      mode: "tiers",
      tiers: [["p"], ["q"]],
      unplaced: ["s"],
      cannot_judge: ["r"],
      unacceptable_below: 1,
      direct: [{ better: "p", worse: "q", is_tie: false, strength: 3 }],
      grades: { p: { helpful: 6 } },
      flags: { q: ["harmful"] },
      notes: { q: "wrong" },
      spans: { q: [{ start: 3, end: 5, quote: "ab", flag: "harmful", note: "" }] },
      note: "hard to say",
      reading: READING,
      unread_accepted: true,
      better_answer: { text: "p, and more", based_on: "p" },
      active_ms: 1234,
    });
  });
});

describe("a draft", () => {
  it("comes back as it was left, step included", () => {
    const now = full();
    const kept: unknown = JSON.parse(JSON.stringify(draftOf(now, READING, 99)));
    const back = judgmentFrom(assignment(), kept);
    expect(back.content).toEqual(now.content);
    expect(back.step).toBe("tier");
  });

  it("of an earlier form of the screen, or nonsense, leaves what fits", () => {
    for (const payload of [undefined, null, 7, "x", [], { version: 2, places: 3, grades: { p: 1 }, direct: "no" }]) {
      const { content } = judgmentFrom(assignment(), payload);
      expect(content.board.places).toEqual({ p: 0, q: 0, r: 0, s: 0 });
      expect(content.direct).toEqual([]);
    }
    const plain: Screen = { ...SCREEN, axes: [], flags: [], draw_cut: false, steps: [] };
    const { content, step } = judgmentFrom(assignment(plain), draftOf(full(), READING, 0));
    expect(content.board.cut).toBeNull();
    expect(content.flags).toEqual({ p: [], q: [] });
    expect(content.grades).toEqual({ p: {} });
    expect(step).toBe("tier");
  });

  it("may be a judgment that was handed in and opened again", () => {
    const body = bodyOf(full(), sent);
    const again = judgmentFrom(assignment(), JSON.parse(JSON.stringify(body)));
    expect(bodyOf(again, sent)).toEqual(body);
  });
});
