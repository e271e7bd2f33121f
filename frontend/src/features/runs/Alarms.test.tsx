import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Run } from "@/features/train/api";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import { Alarms } from "./Alarms";

function told(alarm: object, status = "succeeded"): string {
  const figures = { now: -0.2, bound: 0 };
  const seen = { code: "explained_variance", stops: false, since: 48, step: 80, figures, message: "", ...alarm };
  render(<Alarms run={{ alarms: [seen], status, report: {} } as unknown as Run} />, {
    wrapper: ({ children }) => (
      <QueryClientProvider client={new QueryClient()}>
        <MantineProvider>{children}</MantineProvider>
      </QueryClientProvider>
    ),
  });
  return screen.getByRole("alert").textContent;
}

beforeAll(startLanguages);
afterEach(async () => {
  cleanup();
  await switchLanguage("en");
});

describe("an alarm of a run", () => {
  it("says at which steps it was seen, and nothing of what came after", async () => {
    const words = told({});
    expect(words).toContain("From step 48 to 80: The values explained");
    expect(words).toContain("whether this went on after step 80, the curves show");
    cleanup();
    await switchLanguage("zh-Hans");
    expect(told({})).toContain("第 48 至 80 步：");
  });
  it("of one step names that", () => {
    expect(told({ since: 80 })).toContain("At step 80: ");
  });
  it("that ended the run was the last there was to see", () => {
    expect(told({ stops: true })).not.toContain("the curves show");
  });
  it("of no step names none", () => {
    expect(told({ since: null, step: null })).not.toMatch(/step/);
  });
});
