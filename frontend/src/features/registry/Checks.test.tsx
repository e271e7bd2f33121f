import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Check } from "./api";
import { Checks } from "./Checks";

const unmeasured = (gate: Check["gate"], more: Partial<Check> = {}) =>
  ({
    ...{ gate, passed: false, value: null, low: null, high: null, bound: 0.5, clusters: null },
    ...{ over_length: null, run: null, prompt_set: null, baseline: null },
    ...more,
  }) as Check;

function show(check: Check) {
  render(
    <MemoryRouter>
      <Checks projectId="p" versionId="v1" checks={[check]} />
    </MemoryRouter>,
  );
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a check of a figure that nobody measured", () => {
  it("names the run that it wants, and leads to its form", () => {
    show(unmeasured("win_rate"));
    expect(screen.getByText(/No evaluation run has held this version against its parent on a prompt set yet/)).toBeTruthy();
    const link = screen.getByRole("link", { name: "Evaluate this version" });
    expect(link.getAttribute("href")).toBe("/train/p/runs/new?kind=evaluate&policy_version=v1");
  });
  it("brings the prompts on which alone it counts", () => {
    show(unmeasured("win_rate", { prompt_set: "s1" }));
    expect(screen.getByRole("link").getAttribute("href")).toContain("&prompt_set=s1");
  });
  it("brings the reward model in use that another must surpass", () => {
    show(unmeasured("reward_gain", { baseline: "v0" }));
    expect(screen.getByText(/held this version against the one in use/)).toBeTruthy();
    const wish = "kind=evaluate&reward_version=v1&baseline_reward_version=v0";
    expect(screen.getByRole("link").getAttribute("href")).toBe(`/train/p/runs/new?${wish}`);
  });
  it("leads nowhere once there is a figure, and where no run makes one", () => {
    show(unmeasured("win_rate", { value: 0.4, low: 0.3, high: 0.5, clusters: 40 }));
    show(unmeasured("campaign_win_rate"));
    expect(screen.queryByRole("link")).toBeNull();
  });
});
