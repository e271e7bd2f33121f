import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Run } from "./api";
import { RunFacts } from "./RunFacts";

function show(about: Partial<Run>) {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  client.setQueryData(
    ["snapshots", "p"],
    [1, 2, 3].map((number) => ({ id: `s${number}`, number, cut_off: "2026-03-01T00:00:00Z" })),
  );
  const run = { kind: "reward", config: {}, tries: 1, left_out: null, judgments_in: [], ...about };
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <MemoryRouter>
          <RunFacts projectId="p" run={run as unknown as Run} />
        </MemoryRouter>
      </MantineProvider>
    </QueryClientProvider>,
  );
}

function leftOut(told: Run["left_out"]): string | null | undefined {
  show({ left_out: told });
  return screen.queryByText("Left out")?.nextSibling?.textContent;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the judgments behind a run", () => {
  it("are those of all its reward models", () => {
    show({ kind: "ppo", judgments_in: ["s3", "s1"] });
    expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["Snapshot 3", "Snapshot 1"]);
  });
  it("are not spoken of where there are none", () => {
    show({});
    expect(screen.queryByText("Judgments behind it")).toBeNull();
  });
});

describe("what a run left out", () => {
  it("is told as a fact, and as a warning where it is more than a tenth", () => {
    expect(leftOut({ rows: "rankings", left_out: 50, used_in_part: 0, of: 500, is_much: false })).toBe("50 of 500 rankings");
    cleanup();
    const much = leftOut({ rows: "rankings", left_out: 412, used_in_part: 0, of: 500, is_much: true });
    expect(much).toBe("412 of 500 rankings: more than a tenth");
    expect(screen.getByText(/more than a tenth/).dataset.tone).toBe("bad");
  });

  it("is counted in what the run learns from", () => {
    expect(leftOut({ rows: "demonstrations", left_out: 3, used_in_part: 0, of: 40, is_much: false })).toBe("3 of 40 demonstrations");
    cleanup();
    expect(leftOut({ rows: "prompts", left_out: 3, used_in_part: 0, of: 40, is_much: false })).toBe("3 of 40 prompts");
  });

  it("is told apart from what is used in part", () => {
    const told = { rows: "rankings", left_out: 50, used_in_part: 7, of: 500, is_much: false };
    expect(leftOut(told)).toBe("50 of 500 rankings; 7 used in part");
    cleanup();
    expect(leftOut({ ...told, left_out: 0 })).toBe("0 of 500 rankings; 7 used in part");
  });

  it("is not spoken of where all is used, or nothing was said of it", () => {
    expect(leftOut({ rows: "rankings", left_out: 0, used_in_part: 0, of: 500, is_much: false })).toBeUndefined();
    cleanup();
    expect(leftOut(null)).toBeUndefined();
  });
});
