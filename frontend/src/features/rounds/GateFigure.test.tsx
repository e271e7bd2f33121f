import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Gate, Round, RoundStep } from "./api";
import { GateFigure, NamedGate } from "./GateFigure";

const round = { campaign: "c1" } as Round;
const gate = (name: Gate["gate"]) => ({ gate: name, value: 0.61, low: 0.52, high: 0.7, clusters: 40 }) as Gate;
const step = (name: RoundStep["step"], ...runs: string[]) => ({ step: name, runs: runs.map((id) => ({ id })) }) as RoundStep;

function leadsTo(of: Round, name: Gate["gate"], at: RoundStep) {
  render(
    <MemoryRouter>
      <GateFigure projectId="p" round={of} gate={gate(name)} step={at} />
    </MemoryRouter>,
  );
  return screen.queryByRole("link", { name: "61%" })?.getAttribute("href") ?? null;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a figure of a round", () => {
  it("leads to the last run that measured it", () => {
    expect(leadsTo(round, "win_rate", step("evaluation", "r1", "r2"))).toBe("/train/p/runs/r2");
  });
  it("leads to the campaign whose judgments it is of", () => {
    expect(leadsTo(round, "campaign_win_rate", step("judge", "r1"))).toBe("/train/p/judging/c1");
  });
  it("says what too few prompts were asked for an interval", () => {
    const few = { ...gate("win_rate"), low: null, high: null, clusters: 2 };
    render(
      <MemoryRouter>
        <dl>
          <NamedGate projectId="p" round={round} gate={{ ...few, bound: 0.5 }} step={step("evaluation", "r1")} />
          <NamedGate
            projectId="p"
            round={round}
            gate={{ ...few, gate: "kl", clusters: null, bound: null }}
            step={step("policy", "r1")}
          />
        </dl>
      </MemoryRouter>,
    );
    const told = "(from 2 prompts or sets of answers: too few for an interval)";
    expect(screen.getAllByText(told)).toHaveLength(1);
  });
  it("says where its report does not tell how many prompts there were", () => {
    const unknown = { ...gate("win_rate"), low: null, high: null, clusters: null, bound: 0.5 };
    render(
      <MemoryRouter>
        <dl>
          <NamedGate projectId="p" round={round} gate={unknown} step={step("evaluation", "r1")} />
          <NamedGate projectId="p" round={round} gate={{ ...unknown, gate: "kl" }} step={step("policy", "r1")} />
        </dl>
      </MemoryRouter>,
    );
    const told = "(its report does not say from how many prompts or sets of answers: no interval)";
    expect(screen.getAllByText(told)).toHaveLength(1);
  });
  it("says beside a bound that holds that the longer text would do as well", () => {
    const over = (value: number, low: number) => ({ value, low, high: 0.18 });
    const told = (over_length: Gate["over_length"]) => {
      cleanup();
      render(
        <MemoryRouter>
          <dl>
            <NamedGate
              projectId="p"
              round={round}
              gate={{ ...gate("reward_accuracy"), bound: 0.5, passed: true, over_length }}
              step={step("reward", "r1")}
            />
          </dl>
        </MemoryRouter>,
      );
      expect(screen.getByText(/^holds/)).toBeTruthy();
      return screen.queryByRole("alert")?.textContent ?? "";
    };
    expect(told(over(0, -0.18))).toContain("No better than “the longer text wins” on the same pairs: a difference of 0 points (-18 to +18)");
    expect(told(over(0.05, -0.02))).toContain("Not surely better than “the longer text wins”");
    expect(told(over(0.1, 0.02))).toBe("");
    expect(told(null)).toBe("");
  });
  it("leads nowhere where there is no such thing", () => {
    expect(leadsTo({ campaign: null } as Round, "campaign_win_rate", step("judge"))).toBeNull();
  });
});
