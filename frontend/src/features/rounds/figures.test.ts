import { describe, expect, it } from "vitest";
import { inUnits } from "./figures";

describe("a figure of a round", () => {
  it.each([
    ["kl", -0.04, "0"],
    ["kl", -0.06, "-0.1"],
    ["reward_gain", -0.0004, "0"],
    ["reward_gain", -0.02, "-2"],
    ["win_rate", 0.525, "52.5%"],
  ] as const)("%s of %d is told as %s", (name, value, words) => {
    expect(inUnits(name, value, "en")).toBe(words);
  });
});
