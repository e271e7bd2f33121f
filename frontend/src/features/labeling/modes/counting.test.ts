import { expect, it } from "vitest";
import { charactersOf, wordsOf } from "./counting";

it("counts words where there are spaces, and characters as they are read", () => {
  expect(wordsOf("Two words, — and 3 more…")).toBe(5);
  expect(wordsOf("床前明月光")).toBe(0);
  expect(wordsOf("  ")).toBe(0);
  expect(charactersOf("床前明月光😀")).toBe(6);
});
