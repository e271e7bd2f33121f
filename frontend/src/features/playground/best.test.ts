import { expect, test } from "vitest";
import type { Candidate, Completion, Part, Step } from "./api";
import { bestOfEach, candidatesOf, hasBegun, isAnswered } from "./best";

const completion = (score: number | null): Completion => ({
  text: "",
  tokens: 1,
  finish_reason: "stop",
  log_prob: -1,
  scores: [{ reward: "r", score }],
  steps: [],
});
const part = (...scores: (number | null)[]): Part => ({
  policy: "p",
  is_served: false,
  seconds: 1,
  completions: scores.map(completion),
});

test("the best of n is the highest score of each policy; ties go to the first, one alone is none", () => {
  expect(bestOfEach([part(-1, 2, 2), part(null, -3), part(5)], "r")).toEqual([
    { policy: 0, sample: 1 },
    { policy: 1, sample: 1 },
  ]);
  expect(bestOfEach([part(1, 2)], undefined)).toEqual([]);
});

test("a policy has answered when all its completions are whole, and what has no word yet has not begun", () => {
  const waiting: Completion = { ...completion(null), tokens: null, finish_reason: null };
  const whole = part(1, 2);
  expect(isAnswered(whole)).toBe(true);
  expect(isAnswered({ ...whole, completions: [...whole.completions, waiting] })).toBe(false);
  expect([waiting, { ...waiting, text: "a" }, completion(1)].map(hasBegun)).toEqual([false, true, true]);
});

test("what the filters cut stands behind the line, whatever its probability", () => {
  const token = (text: string, probability: number, fate: Candidate["fate"] = "kept"): Candidate => ({
    text,
    probability,
    after: 0,
    fate,
  });
  const step: Step = {
    chosen: token("b", 0.3),
    rank: 2,
    others: [token("a", 0.5, "no_repeat_ngram"), token("c", 0.1), token("d", 0.05, "top_k")],
    entropy_bits: 1,
    kept: 2,
    cut: 0.6,
  };
  const { rows, cutAfter } = candidatesOf(step);
  expect(rows.map((row) => row.candidate.text)).toEqual(["b", "c", "a", "d"]);
  expect(cutAfter).toBe(2);
});
