import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Run } from "./api";
import { RunSettings } from "./RunSettings";

const SCHEMA = {
  properties: { epochs: { default: 1 }, loss: { default: "pairs" }, keep: { default: "last" }, seed: { default: 0 } },
};

function show(run: Partial<Run>, schema: object = SCHEMA, options = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  client.setQueryData(["run-kinds"], { reward: schema });
  client.setQueryData(["option-texts", "en"], options);
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <RunSettings run={run as Run} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return screen.getAllByRole("term").map((term) => `${term.textContent}: ${term.nextSibling?.textContent}`);
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the settings of a run", () => {
  it("are in the order of the form, those that were chosen first and the rest folded away", () => {
    const told = show({ kind: "reward", config: { keep: "best", seed: 0, loss: "pairs", epochs: 3, further_reward_versions: ["a"] } });
    expect(told).toEqual(["Epochs: 3", "Keep: best", "Loss: pairs", "Seed: 0"]);
    expect(screen.getByText("2 settings at their defaults")).toBeTruthy();
  });

  it("that were chosen among several are told by their names", () => {
    const schema = { properties: { keep: { default: "last", enum: ["last", "best"] } } };
    const told = show({ kind: "reward", config: { keep: "best" } }, schema, { keep: { best: ["The best", "…"] } });
    expect(told).toEqual(["Keep: The best (best)"]);
  });

  it("that no form of runs asks for are told where somebody set them, by their names", () => {
    const elsewhere = {
      ties: { default: "drop", enum: ["drop", "half"] },
      margin: { default: "none", enum: ["none", "tiers"] },
      parts: { default: [], type: "array" },
      files: { default: ["parquet"], type: "array" },
      with_origin: { default: true, type: "boolean" },
      filter: { default: {}, type: "object" },
    };
    const config = { seed: 0, ties: "half", margin: "none", parts: ["pairs"], files: ["parquet"], with_origin: true };
    const schema = { properties: { seed: { default: 0 } }, elsewhere };
    const told = show({ kind: "reward", config: { ...config, filter: { tags: ["a"] } } }, schema, { ties: { half: ["Both ways", "…"] } });
    expect(told).toEqual(["Ties: Both ways (half)", "Parts: pairs", "Filter · Tags: a", "Seed: 0"]);
  });

  it("of an import are told without its notation", () => {
    const plan = { columns: { prompt: "question" }, language: "" };
    const told = show({ kind: "import", config: { filename: "a.csv", dry_run: true, plan } });
    expect(told).toEqual(["Filename: a.csv", "Dry run: true", "Plan · Columns · Prompt: question"]);
  });
});
