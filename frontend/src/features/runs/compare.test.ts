import { describe, expect, it } from "vitest";
import type { Metric, Run } from "@/features/train/api";
import { scoredBy } from "@/features/train/settings";
import { alarmFigures, codeOf, stoppedBy, type Alarm } from "./alarms";
import { differing, overlays, results, smoothed } from "./compare";

const run = (config: object, report: object = {}) => ({ config, report, alarms: [] }) as unknown as Run;
const metric = (step: number, name: string, value: number, at: string | null = null) =>
  ({ id: step, step, name, value, at }) as Metric;

describe("runs side by side", () => {
  it("show only the settings that are not alike", () => {
    const lines = differing([run({ a: 1, b: [1], c: null }), run({ a: 2, b: [1], c: null }), run({ b: [1] })]);
    expect(lines).toEqual([
      { name: "a", values: [1, 2, undefined] },
      { name: "c", values: [null, null, undefined] },
    ]);
  });

  it("leave out which other reward models give scores: they are told with the chosen one", () => {
    expect(differing([run({ further_reward_versions: ["a"] }), run({ further_reward_versions: [] })])).toEqual([]);
    const chosen = { reward_version: "b", config: { further_reward_versions: ["a"] } };
    expect(scoredBy(chosen)).toEqual(["b", "a"]);
    expect(scoredBy({ reward_version: null, config: {} })).toEqual([]);
  });

  it("show figures of their reports, not words and lists", () => {
    const gain = { value: 1, low: 0, high: 2 };
    const lines = results([run({}, { ended: "complete", gain, steps: [{ loss: 1 }] }), run({}, { updates: 8 })]);
    expect(lines).toEqual([
      { name: "gain", values: [gain, undefined] },
      { name: "updates", values: [undefined, 8] },
    ]);
  });

  it("are laid over each other by step, the later report of a step counting", () => {
    const first = { run: run({}), metrics: [metric(2, "loss", 5), metric(1, "loss", 9), metric(2, "loss", 4)] };
    const second = { run: run({}), metrics: [metric(2, "loss", 8), metric(3, "kl", 1)] };
    expect(overlays([first, second], "step", 0)).toEqual([
      { name: "kl", x: [3], series: [[null], [1]] },
      { name: "loss", x: [1, 2], series: [[9, 4], [null, 8]] },
    ]);
  });

  it("are laid over each other by hours since each began", () => {
    const day = "2026-01-01T";
    const early = { run: run({}), metrics: [metric(1, "loss", 9, `${day}10:00:00Z`), metric(2, "loss", 4, `${day}11:30:00Z`)] };
    const late = { run: run({}), metrics: [metric(1, "loss", 7, `${day}20:00:00Z`)] };
    expect(overlays([early, late], "hours", 0)).toEqual([{ name: "loss", x: [0, 1.5], series: [[9, 4], [7, null]] }]);
  });

  it("are smoothed without being drawn to zero at the beginning", () => {
    // (1 * 0.5 + 3) / 1.5 and (3.5 * 0.5 + 3) / 1.75
    expect(smoothed([1, 3, 3], 0.5)).toEqual([1, 3.5 / 1.5, 4.75 / 1.75]);
  });
});

describe("an alarm", () => {
  const alarm = { code: "stop_rate", stops: false, since: 8, step: 40, figures: { now: 0.42, then: 0.9 } } as unknown as Alarm;
  it("is told with its figures, shares as shares", () => {
    expect(alarmFigures(alarm, "en")).toMatchObject({ now: "42%", then: "90%" });
    expect(codeOf({ code: "from_a_later_release" })).toBe("other");
  });
  it("ended a run only once the run has ended", () => {
    const stops = { ...alarm, stops: true };
    expect(stoppedBy({ alarms: [alarm, stops], status: "succeeded" })).toBe(stops);
    expect(stoppedBy({ alarms: [stops], status: "running" })).toBeUndefined();
  });
});
