import { describe, expect, it } from "vitest";
import { partsOf } from "./reportParts";

const interval = { value: 0.6, low: 0.5, high: 0.7 };
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`row_${at}`, at]));

describe("a report", () => {
  it("of a reward model shows its headlines, and folds what is broken down", () => {
    const { open, folded } = partsOf({
      reward_model: {
        pairs: 90,
        accuracy: interval,
        human_agreement: { value: 0.7, pairs: 12 },
        nll: 0.6,
        by: { labeler: many(20) },
        reliability: [many(3), many(3), many(3)],
        split: "validation",
      },
    });
    expect(open.map((row) => row.path)).toEqual([
      "reward_model.accuracy",
      "reward_model.pairs",
      "reward_model.human_agreement.value",
      "reward_model.human_agreement.pairs",
      "reward_model.nll",
      "reward_model.split",
    ]);
    expect(folded.map(({ path, rows }) => [path, rows.length])).toEqual([
      ["reward_model.by", 20],
      ["reward_model.reliability", 9],
    ]);
  });

  it("stands open where it is short, without what an alarm of it says", () => {
    const { open, folded } = partsOf({ ended: "alarm", gain: interval, alarm: { code: "length" } });
    expect([open.map((row) => row.path), folded]).toEqual([["gain", "ended"], []]);
  });

  it("folds a long list, and a subject that is long by itself", () => {
    const { open, folded } = partsOf({ rows: [many(31)], counts: many(31) });
    expect([open, folded.map(({ path }) => path)]).toEqual([[], ["rows", "counts"]]);
  });
});
