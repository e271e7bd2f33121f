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
  it("says from which step on it is seen, and of which its figures are", () => {
    const words = told({}, "running");
    expect(words).toContain("From step 48 on: The values explained");
    expect(words).toContain("those of step 80");
  });
  it("says where it was over", async () => {
    expect(told({ until: 112 })).toContain("From step 48 to 112: The values explained");
    cleanup();
    await switchLanguage("zh-Hans");
    expect(told({ until: 112 })).toContain("第 48 至 112 步：");
  });
  it("that ended the run was seen until then", () => {
    const words = told({ stops: true });
    expect(words).toContain("From step 48 to 80: ");
    expect(words).not.toContain("those of step");
  });
  it("of one step names that", () => {
    expect(told({ since: 80, stops: true })).toContain("At step 80: ");
  });
  it("of no step names none", () => {
    expect(told({ since: null, step: null })).not.toMatch(/step/);
  });
});
