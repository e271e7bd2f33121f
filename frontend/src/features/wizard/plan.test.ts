import { describe, expect, it } from "vitest";
import { PURPOSES, rowsOf, setupFor, SETUPS, stepsFor } from "./plan";

describe("pasted text becomes rows", () => {
  it("takes the lines with a dash as the answers of the prompt above", () => {
    expect(rowsOf("Why?\n- Because.\n- No idea.\n\nHow\nexactly?\n- So\n", false)).toEqual([
      { prompt: "Why?", completions: ["Because.", "No idea."] },
      { prompt: "How\nexactly?", completions: ["So"] },
    ]);
  });

  it("takes every line as a prompt where answers are written", () => {
    expect(rowsOf(" One \n\nTwo\n", true)).toEqual([
      { prompt: "One", completions: [] },
      { prompt: "Two", completions: [] },
    ]);
  });

  it("finds nothing in nothing", () => {
    expect(rowsOf(" \n\n", false)).toEqual([]);
  });
});

it("has two answers wherever a screen shows a duel", () => {
  for (const setup of Object.values(SETUPS)) {
    expect(setup.screen.mode !== "duel" || setup.completions === 2).toBe(true);
  }
});

it("asks only for what the mode of a screen shows", () => {
  for (const { screen } of [...Object.values(SETUPS), ...PURPOSES.map(setupFor)]) {
    expect(screen.mode === "tiers" || (screen.steps.length === 0 && !screen.mark_spans)).toBe(true);
  }
});

it("has no step for mixes where answers are written", () => {
  expect(stepsFor("demonstrations")).not.toContain("mix");
  expect(stepsFor("compare")).toContain("mix");
});
