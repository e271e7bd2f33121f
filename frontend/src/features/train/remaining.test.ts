import { expect, test } from "vitest";
import { firstSight, remaining } from "./remaining";

const train = (done: number, seconds: number) => ({ phase: "train", done, total: 400, at: 1000 * seconds });

test("what is left takes as long as what was seen, drawing between updates included", () => {
  const first = train(40, 0);
  expect(remaining(first, train(100, 60))).toBe(300_000); // an update a second, 300 left
});

test("nothing is said too early, nor while nothing moves", () => {
  expect(remaining(train(40, 0), train(41, 5))).toBeNull();
  expect(remaining(train(40, 0), train(40, 60))).toBeNull();
  expect(remaining(undefined, train(40, 60))).toBeNull();
});

test("a phase that begins anew is looked at anew", () => {
  const drawing = { phase: "rollout", done: 64, total: 64, at: 0 };
  expect(firstSight([drawing], { ...drawing, done: 3, at: 9000 })).toBeUndefined();
  expect(firstSight([drawing, train(40, 0)], train(100, 60))).toEqual(train(40, 0));
});
