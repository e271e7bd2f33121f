import { describe, expect, it } from "vitest";
import type { Run } from "@/features/train/api";
import { tookNothing } from "./RunReport";

const ended = (report: Record<string, number>) => ({ status: "succeeded", report }) as unknown as Run;

describe("an import that ended", () => {
  it("took nothing where every row was refused", () => {
    expect(tookNothing(ended({ read: 4, added: 0, already: 0, refused: 4 }))).toBe(true);
  });

  it.each([
    ["a row", { read: 4, added: 1, already: 0, refused: 3 }],
    ["rows that are there", { read: 4, added: 0, already: 4, refused: 0 }],
    ["no row of an empty file", { read: 0, added: 0, already: 0, refused: 0 }],
  ])("took %s", (_, report) => expect(tookNothing(ended(report))).toBe(false));
});
