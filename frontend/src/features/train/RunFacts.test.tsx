import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Run } from "./api";
import { RunFacts } from "./RunFacts";

function leftOut(told: Run["left_out"]): string | null | undefined {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  const run = { kind: "reward", config: {}, tries: 1, left_out: told };
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <MemoryRouter>
          <RunFacts projectId="p" run={run as unknown as Run} />
        </MemoryRouter>
      </MantineProvider>
    </QueryClientProvider>,
  );
  return screen.queryByText("Left out")?.nextSibling?.textContent;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("what a run left out", () => {
  it("is told as a fact, and as a warning where it is more than a tenth", () => {
    expect(leftOut({ rows: "rankings", left_out: 50, of: 500, is_much: false })).toBe("50 of 500 rankings");
    cleanup();
    const much = leftOut({ rows: "rankings", left_out: 412, of: 500, is_much: true });
    expect(much).toBe("412 of 500 rankings: more than a tenth");
    expect(screen.getByText(/more than a tenth/).dataset.tone).toBe("bad");
  });

  it("is counted in what the run learns from", () => {
    expect(leftOut({ rows: "demonstrations", left_out: 3, of: 40, is_much: false })).toBe("3 of 40 demonstrations");
    cleanup();
    expect(leftOut({ rows: "prompts", left_out: 3, of: 40, is_much: false })).toBe("3 of 40 prompts");
  });

  it("is not spoken of where all is used, or nothing was said of it", () => {
    expect(leftOut({ rows: "rankings", left_out: 0, of: 500, is_much: false })).toBeUndefined();
    cleanup();
    expect(leftOut(null)).toBeUndefined();
  });
});
