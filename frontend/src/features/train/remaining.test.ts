import { expect, test } from "vitest";
import { firstSight, look, remaining, UNSEEN, type Sight } from "./remaining";

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

test("a phase that begins anew is looked at anew, and training goes on", () => {
  const drawing = (done: number, seconds: number) => ({ phase: "rollout", done, total: 64, at: 1000 * seconds });
  // thirty seconds of drawing, thirty of training: an iteration
  const seen = [drawing(0, 0), drawing(32, 15), train(0, 30), train(4, 58), drawing(0, 60)];
  const told = (more: Sight[]) => {
    const all = [...seen, ...more];
    return remaining(firstSight(all.reduce(look, UNSEEN), all.at(-1)!), all.at(-1)!);
  };
  expect(told([])).toBeNull();
  expect(told([drawing(32, 75)])).toBe(15_000);
  expect(told([drawing(32, 75), train(5, 90)])).toBe(79 * 60_000);
});
