import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import type { Estimate } from "./api";
import { EstimateBox } from "./EstimateBox";

async function told(language: "en" | "zh-Hans", seconds: number[], past_runs: number[]) {
  await switchLanguage(language);
  const found = { total: null, certain: 0, parts: {}, machine: null, verdict: "unknown", seconds, past_runs };
  render(<EstimateBox found={found as unknown as Estimate} />, { wrapper: MantineProvider });
  return screen.getByRole("region").querySelector("p")?.textContent;
}

beforeAll(startLanguages);
afterEach(async () => {
  cleanup();
  await switchLanguage("en");
});

describe("the time a run will take", () => {
  it.each([
    ["en", "About 1 min: reckoned from what run 12 took, the only one of this kind to go by."],
    ["zh-Hans", "约需 1分钟：由运行 12 的用时推算，可参照的同类运行只有这一个。"],
  ] as const)("says which one past run it rests on, in %s", async (language, words) => {
    expect(await told(language, [60, 60, 60], [12])).toBe(words);
  });

  it.each([
    ["en", "About 2 min (1 min to 4 min): reckoned from what run 12 took, the only one of this kind to go by, and one with far less to do."],
    ["zh-Hans", "约需 2分钟（1分钟 到 4分钟）：由运行 12 的用时推算，可参照的同类运行只有这一个，且其工作量小得多。"],
  ] as const)("has a range where that run did far less, in %s", async (language, words) => {
    expect(await told(language, [60, 120, 240], [12])).toBe(words);
  });

  it("names all where there are several", async () => {
    expect(await told("en", [60, 120, 240], [12, 9])).toBe(
      "About 2 min (1 min to 4 min), by 2 earlier runs of this kind: 12, 9.",
    );
  });
});
