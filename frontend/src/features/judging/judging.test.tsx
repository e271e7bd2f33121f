import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { Campaign, Pair, Report } from "./api";
import { CampaignFacts } from "./CampaignFacts";
import { TellField } from "./CampaignPage";
import { withSameFiles } from "./names";
import { Pairs, SameAnswers } from "./Pairs";
import { Ratings } from "./Ratings";

const campaign = {
  state: "judging",
  prompts: 6,
  items: 6,
  open: 6,
  judgments: 0,
  wanted: 6,
  prompt_set: "s",
  prompt_set_name: "held-out v1",
  tags: [] as string[],
  languages: [] as string[],
  created_at: "2026-11-30T00:00:00Z",
} as Campaign;

const contestant = (number: number) => ({ version: { id: `v${number}`, number, name: "policy" }, rating: 0, interval: null, length: 9 });
const pair = { one: 1, other: 0, judgments: 0, prompts: 0, wins: 0, ties: 0, losses: 0, same: 0, left: 785 };
const report = (more: Partial<Pair> = {}, rest: object = {}) =>
  ({
    contestants: [contestant(1), contestant(2)],
    base: 0,
    tie: 0.14,
    tell: 0.55,
    intervals: 1,
    pairs: [{ ...pair, rate: null, interval: null, always: [0, 1], ...more }],
    ...rest,
  }) as unknown as Report;

const show = (what: ReactNode) =>
  render(
    <MantineProvider>
      <MemoryRouter>{what}</MemoryRouter>
    </MantineProvider>,
  );
const facts = (more: Partial<Campaign>) => show(<CampaignFacts projectId="p" campaign={{ ...campaign, ...more }} />);

beforeAll(startLanguages);
afterEach(cleanup);

describe("a campaign", () => {
  it("says how many prompts are left to judge while there are some", () => {
    facts({ items: 6, open: 4 });
    expect(screen.getByText("6 from held-out v1 · 4 left to judge")).toBeTruthy();
  });
  it("says nothing is left of what was ended", () => {
    facts({ state: "ended", open: 0 });
    expect(screen.getByText("6 from held-out v1")).toBeTruthy();
  });
  it("whose answers are all the same says that there is nothing to judge, and why", () => {
    facts({ state: "done", items: 0, open: 0, wanted: 0 });
    expect(screen.getByText("Nothing to judge")).toBeTruthy();
    expect(screen.getByText(/6 without a choice: the same answers, or too few/)).toBeTruthy();
    show(<SameAnswers campaign={campaign} report={report({ same: 6 })} />);
    expect(screen.getByRole("listitem").textContent).toBe("2 policy against 1 policy: same answer on 6 of 6 prompts");
  });
  it("is warned of versions of the same files before it starts", () => {
    const version = (id: string, artifact_digest: string) => ({ id, number: 1, name: id, artifact_digest });
    const versions = [version("a", "x"), version("b", "y"), version("c", "x")];
    const alike = (...chosen: string[]) => withSameFiles(versions, chosen).map((group) => group.map(({ id }) => id));
    expect(alike("a", "c")).toEqual([["a", "c"]]);
    expect(alike("a", "b")).toEqual([]);
  });
});

describe("a report", () => {
  const one = { judgments: 1, prompts: 1, wins: 1, rate: 1, interval: [0.2, 1] as [number, number] };
  const rated = (rating: number, interval: [number, number] | null) => [contestant(1), { ...contestant(2), rating, interval }];

  it("counts one prompt as one and draws shares on a scale", () => {
    show(<Pairs projectId="p" campaign={campaign} report={report(one)} />);
    expect(screen.getByText("1 won, 0 tied, 0 lost, on 1 prompt")).toBeTruthy();
    for (const words of ["0%", "50%", "100%"]) expect(screen.getByText(words)).toBeTruthy();
  });
  it("shows no rating before it has an interval, and no share of ties before there were any", () => {
    show(<Ratings report={report(one, { contestants: rated(627, null) })} />);
    expect(screen.getByText("too few judgments to tell")).toBeTruthy();
    expect(screen.queryByText(/\+627/)).toBeNull();
    expect(screen.queryByText(/would tie/)).toBeNull();
    expect(screen.queryByText(/base/)).toBeNull(); // a stage of versions is called so
    expect(screen.getByText(/compared with/)).toBeTruthy();
  });
  it("shows a rating that has an interval, and how often equals would tie", () => {
    show(<Ratings report={report({ ...one, ties: 2 }, { contestants: rated(-166, [-349, 18]) })} />);
    expect(screen.getByText(/-166 \[-349, \+18\]/)).toBeTruthy();
    expect(screen.getByText(/would tie in 6.5% of judgments/)).toBeTruthy();
    expect(screen.queryByText("too few judgments to tell")).toBeNull();
    for (const words of ["-350", "0", "+350"]) expect(screen.getAllByText(words).length).toBeGreaterThan(0);
  });
  it("refuses a win rate that cannot be told from one half and keeps the last one", () => {
    const told: number[] = [];
    show(<TellField tell={0.55} onTell={(rate) => told.push(rate)} />);
    const field = screen.getByLabelText<HTMLInputElement>(/Win rate to tell/);
    for (const typed of ["50", "500"]) {
      fireEvent.change(field, { target: { value: typed } });
      fireEvent.blur(field);
      expect(field.value).toBe(typed);
      expect(screen.getByText("A rate from 51.0% to 99.0%. The report still reckons with 55.0%.")).toBeTruthy();
    }
    expect(told).toEqual([]);
    fireEvent.change(field, { target: { value: "60" } });
    expect(told).toEqual([0.6]);
    expect(screen.queryByText(/A rate from/)).toBeNull();
  });
});
