import { describe, expect, it } from "vitest";
import chinese from "@/locales/figures.zh-Hans.json";
import english from "@/locales/figures.en.json";
import { figureName, figureValue } from "./figureNames";
import { phaseName } from "./phases";

const NAMES = { validation: "验证集", accuracy: "准确率", split: "数据划分", "ensemble.split": "意见不一", bins: "分箱" };

describe("a figure in words", () => {
  it.each([
    ["accuracy", "准确率"],
    ["validation.accuracy", "验证集 · 准确率"],
    ["reward.split", "reward · 数据划分"],
    ["reward.ensemble.split", "reward · ensemble · 意见不一"],
    ["bins[0].accuracy", "分箱[0] · 准确率"],
    ["validation.by.zh", "验证集 · by · zh"],
  ])("%s is %s", (path, words) => expect(figureName(path, NAMES)).toBe(words));

  it.each(["of_a_later_release", "steps[0].of.later", "constructor", "validation_accuracy", ""])(
    "%s stays as it is where the catalogue does not know it",
    (path) => expect(figureName(path, NAMES)).toBe(path),
  );
});

describe("a value that is words", () => {
  const names = { "=complete": "完成", "=# % over # sets": "# %，按 # 组" };
  it.each([
    ["complete", "完成"],
    ["95 % over 8 sets", "95 %，按 8 组"],
    ["of a later release", "of a later release"],
    [8, 8],
    [null, null],
  ])("%s is %s", (value, words) => expect(figureValue(value, names)).toBe(words));
});

describe("what a run is at", () => {
  const t = (key: string, params?: object) => `${key}${params ? JSON.stringify(params) : ""}`;
  it.each([
    ["train", "train.runs.phase.train"],
    ["score judged", "train.runs.phase.score_judged"],
    ["score 3", 'train.runs.phase.scoreNext{"number":"3"}'],
    ["of a later release", "of a later release"],
  ])("%s is told as %s", (phase, words) => expect(phaseName(phase, t)).toBe(words));
});

describe("the names of figures", () => {
  it("are the same ones in both languages", () => {
    const named = (names: object) => Object.keys(names).filter((name) => !name.startsWith("=")).sort();
    expect(named(english)).toEqual(named(chinese));
  });
});
