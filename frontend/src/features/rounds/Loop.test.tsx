import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Round, RoundStep } from "./api";
import { Loop } from "./Loop";

const step = (name: RoundStep["step"], more: Partial<RoundStep>) =>
  ({ step: name, state: "passed", reason: "", runs: [], gates: [], counts: {}, ...more }) as unknown as RoundStep;

function show(judged_since: string | null, shown: RoundStep) {
  cleanup();
  render(
    <MemoryRouter>
      <Loop projectId="p" round={{ number: 1, judged_since, steps: [shown] } as Round} />
    </MemoryRouter>,
  );
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the steps of a round", () => {
  it("call rankings new only where an earlier round took a snapshot", () => {
    const ranking = step("collect", { counts: { new: 322, wanted: 12 } });
    show(null, ranking);
    expect(screen.getByRole("link", { name: "322 rankings in all (12 asked for)" })).toBeTruthy();
    show("2026-03-01T00:00:00Z", ranking);
    expect(screen.getByRole("link", { name: "322 of 12 new rankings" })).toBeTruthy();
  });
  it("do not say that people ranked what nobody chose from", () => {
    show(null, step("pick", { state: "skipped", reason: "by_chance" }));
    expect(screen.getByText("The plan asks for no choice: people get all that was sampled to rank.")).toBeTruthy();
  });
});
