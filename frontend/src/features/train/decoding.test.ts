import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PLAN_RANGES, TRIAL_RANGES } from "./decoding";

/** The bounds of numbers that a form of the server takes, from its description of itself. */
function boundsOf(form: string) {
  const schema = readFileSync("src/api/schema.yml", "utf8");
  const text = new RegExp(`\n    ${form}:\n(?:      .*\n)+`).exec(schema)?.[0] ?? "";
  const found = text.matchAll(/^ {8}(\w+):\n {10}type: (?:number|integer)\n(?: {10}format: double\n)? {10}maximum: (\S+)\n {10}minimum: (\S+)/gm);
  return Object.fromEntries(
    [...found].map(([, name, most, least]) => [name, [Number(least), Math.min(Number(most), Number.MAX_SAFE_INTEGER)]]),
  );
}

describe("the numbers of decoding", () => {
  it.each([
    ["NewSamplingPlanRequest", PLAN_RANGES],
    ["DecodingFormRequest", TRIAL_RANGES],
  ])("have the bounds that the server has in %s", (form, ranges) => {
    const here = Object.entries(ranges).map(([name, { minimum, maximum }]) => [name, [minimum, maximum]]);
    expect(Object.fromEntries(here)).toEqual(boundsOf(form));
  });
});
