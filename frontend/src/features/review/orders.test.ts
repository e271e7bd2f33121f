import { expect, test } from "vitest";
import { contested, inWords, lettersOf, tiersFrom } from "./orders";

test("an order is read from the best, ties as equals, the line as a bar", () => {
  const letters = lettersOf(["x", "y", "z"]);
  expect(inWords([["z", "x"], ["y"]], letters, null)).toBe("A = C > B");
  expect(inWords([["z", "x"], ["y"]], letters, 1)).toBe("A = C | B");
});

test("answers are contested where two orders say the opposite, not where one ties", () => {
  expect(contested([[["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]]])).toEqual(new Set(["a", "b"]));
  expect(contested([[["a", "b"]], [["b"], ["a"]]])).toEqual(new Set());
});

test("numbers need not be next to one another", () => {
  expect(tiersFrom(new Map([["a", 4], ["b", 1], ["c", 4]]))).toEqual([["b"], ["a", "c"]]);
});
