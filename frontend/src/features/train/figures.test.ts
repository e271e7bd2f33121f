import { describe, expect, it } from "vitest";
import type { Version } from "./api";
import { flatten, headlines, inWords } from "./figures";
import { lineage } from "./lineage";
import { seriesOf } from "./series";
import {
  brokenRules,
  faultOf,
  inFormOrder,
  numbersByName,
  rangeOf,
  valueInWords,
  valueSchema,
  type ConfigSchema,
} from "./settings";

describe("a report", () => {
  it("is flattened to one row per fact, an estimate with its interval being one fact", () => {
    const report = {
      validation: { pairs: 90, accuracy: { value: 0.6, low: 0.44, high: 0.74 } },
      seeds: [1, 2],
      steps: [{ step: 1 }, { step: 2 }],
    };
    expect(flatten(report).map((row) => [row.path, inWords(row.value, "en")])).toEqual([
      ["validation.pairs", "90"],
      ["validation.accuracy", "0.6 (0.44 … 0.74)"],
      ["seeds", "1 … 2"],
      ["steps[0].step", "1"],
      ["steps[1].step", "2"],
    ]);
  });

  it("is headed by what has an interval", () => {
    const accuracy = { value: 0.61234, low: 0.5, high: 0.7 };
    const rows = headlines({ name: "x", updates: 9, validation: { accuracy, pairs: 3 } }, 2);
    expect(rows.map((row) => [row.path, inWords(row.value, "en", 3)])).toEqual([
      ["accuracy", "0.612 (0.5 … 0.7)"],
      ["updates", "9"],
    ]);
  });

  it("is headed by what a version is chosen by, each figure once", () => {
    const estimate = { value: 0.6, low: 0.5, high: 0.7 };
    const rows = headlines(
      { updates: 9, validation: { accuracy_macro: estimate, accuracy: estimate }, before: { accuracy: estimate }, win_rate: 0.5 },
      3,
    );
    expect(rows.map((row) => row.path)).toEqual(["win_rate", "accuracy", "accuracy_macro"]);
  });

  it.each([
    [0.00000000000023887, "2.3887e-13"],
    [-0.00002, "-2e-5"],
    [0.0001, "0.0001"],
    [0, "0"],
    [-0, "0"],
  ])("writes %d as %s", (number, words) => expect(inWords(number, "en")).toBe(words));
});

describe("curves", () => {
  it("are sorted by step and keep the later value of a step told twice", () => {
    const rows = [
      { id: 1, step: 2, name: "loss", value: 5 },
      { id: 2, step: 1, name: "loss", value: 6 },
      { id: 3, step: 2, name: "loss", value: 4 },
      { id: 4, step: 1, name: "seconds", value: 1 },
    ];
    expect(seriesOf(rows)).toEqual([
      { name: "loss", steps: [1, 2], values: [6, 4] },
      { name: "seconds", steps: [1], values: [1] },
    ]);
  });
});

describe("lineage", () => {
  const version = (id: string, number: number, parent_id: string | null) =>
    ({ id, number, parent_id }) as Version;

  it("puts every version under its parent", () => {
    const rows = lineage([version("d", 4, "b"), version("c", 3, "a"), version("b", 2, "a"), version("a", 1, null)]);
    expect(rows.map((row) => [row.version.number, row.depth])).toEqual([
      [1, 0],
      [2, 1],
      [4, 2],
      [3, 1],
    ]);
  });

  it("shows a version whose parent is not in the list", () => {
    expect(lineage([version("b", 2, "elsewhere")])).toHaveLength(1);
  });
});

describe("a setting", () => {
  it("says its range in signs", () => {
    expect(rangeOf({ minimum: 0, maximum: 100 })).toBe("0–100");
    expect(rangeOf({ exclusiveMinimum: 0, maximum: 1 })).toBe(">\u00a00,\u00a0≤\u00a01");
    expect(rangeOf({ minimum: 1, maximum: 100_000_000 })).toBe("≥\u00a01");
    expect(rangeOf({ type: "string" })).toBe("");
  });

  it("that may be empty is known by the type of its value", () => {
    const kind = valueSchema({ anyOf: [{ type: "number", maximum: 1 }, { type: "null" }], default: null });
    expect([kind.type, kind.maximum, kind.nullable]).toEqual(["number", 1, true]);
  });
});

describe("a setting's value", () => {
  const rate = { anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, { type: "null" }], default: null };
  it.each([
    [{ type: "integer", minimum: 1 }, -5, "range"],
    [{ type: "integer", minimum: 1 }, 1.5, "whole"],
    [{ type: "integer", minimum: 1 }, 1, null],
    [{ type: "number", exclusiveMaximum: 1 }, 1, "range"],
    [rate, 0, "range"],
    [rate, 1, null],
    [rate, null, null],
    [rate, undefined, null],
  ])("by %j is wrong with %j: %j", (schema, value, fault) => expect(faultOf(schema, value)).toBe(fault));

  it("is told as the form tells it", () => {
    const words = (value: unknown, schema?: object) => valueInWords(value, schema, (key) => key, "en");
    expect(words(null, rate)).toBe("train.form.automatic");
    expect(words(null, { ...rate, default: 0.2 })).toBe("train.form.none");
    expect(words({ an: 0.5, bo: [1, 2] })).toBe("an = 0.5, bo = 1, 2");
    expect(words(0.0000141)).toBe("1.41e-5");
  });

  it("stands where the form has it", () => {
    const schema = { properties: { epochs: {}, loss: {}, seed: {} } };
    expect(inFormOrder(["make_items", "seed", "epochs"], schema)).toEqual(["epochs", "seed", "make_items"]);
  });
});

describe("rules between settings", () => {
  const schema: ConfigSchema = {
    properties: {
      minibatch_size: { default: 16 },
      rollouts_per_iteration: { default: 64, maximum: 1000 },
      keep: { default: "last" },
      evaluation_prompts: { default: 32 },
      value_only_iterations: { default: 0 },
      iterations: { default: 50 },
    },
    rules: [
      { setting: "minibatch_size", must: "divides", than: "rollouts_per_iteration" },
      { setting: "evaluation_prompts", must: "above", than: 0, when: { keep: ["best"] } },
      { setting: "value_only_iterations", must: "below", than: "iterations", unless: { iterations: [1] } },
      { setting: "keep", must: "one_of", than: ["last"], when: { iterations: [1] } },
    ],
  };
  it.each([
    [{}, []],
    [{ minibatch_size: 7 }, ["minibatch_size"]],
    [{ rollouts_per_iteration: 56 }, ["minibatch_size"]],
    [{ rollouts_per_iteration: 1001 }, []],
    [{ evaluation_prompts: 0 }, []],
    [{ evaluation_prompts: 0, keep: "best" }, ["evaluation_prompts"]],
    [{ value_only_iterations: 50 }, ["value_only_iterations"]],
    [{ value_only_iterations: 1, iterations: 1 }, []],
    [{ iterations: 1, keep: "best" }, ["keep"]],
  ])("%j breaks %j", (config, settings) => {
    expect(brokenRules(schema, config).map((rule) => rule.setting)).toEqual(settings);
  });
});

describe("numbers by name", () => {
  it.each([
    [["an = 0.5", "bo＝2"], { an: 0.5, bo: 2 }],
    [["a=b = 1"], { "a=b": 1 }],
    [["an", "= 2", "an = x"], undefined],
    [[], undefined],
  ])("%j reads %j", (pieces, numbers) => expect(numbersByName(pieces)).toEqual(numbers));
});
