import { describe, expect, it } from "vitest";
import chinese from "@/locales/issues.zh-Hans.json";
import { wordsFor } from "./issueWords";

describe("the Chinese words for a refused row", () => {
  it.each([
    ["too_long", "the line is longer than 1 MiB", "该行超过 1 MiB"],
    ["too_long", "completions[2] has more than 120 characters", "completions[2] 超过 120 个字符"],
    ["wrong_length", "the row has 3 cells, the first row names 2 columns", "该行有 3 个单元格，而第一行有 2 列"],
    ["wrong_type", "prompt must be a text or a list of messages", "prompt 应为文本，或消息的列表"],
    ["wrong_length", "grades needs one entry per completion, 4", "grades 应为每个回答一项，共 4 项"],
  ])("keep what the sentence of %s says", (rule, message, told) => {
    expect(wordsFor(chinese, { rule, message })).toBe(told);
  });

  it("are those of the rule where the sentence has none, and English where the rule has none", () => {
    expect(wordsFor(chinese, { rule: "nul", message: "an unheard sentence" })).toBe(chinese.nul);
    expect(wordsFor(chinese, { rule: "unheard", message: "an unheard sentence" })).toBe("an unheard sentence");
  });
});
