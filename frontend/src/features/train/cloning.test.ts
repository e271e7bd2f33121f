import { describe, expect, it } from "vitest";
import type { Places } from "@/features/runs/api";
import type { Run } from "./api";
import { startFrom, startNamed } from "./cloning";

const SCHEMA = {
  properties: { epochs: { type: "integer", default: 1 }, value_clip: { default: 0.2 } },
};
const LAUNCH = { name: "two", distributed_type: "MULTI_CPU", processes: 2, machines: 1, mixed_precision: "no", sha256: "ab" };
const PLACES = {
  launches: [
    { name: "two", problem: "" },
    { name: "broken", problem: "broken.yaml: it is not YAML" },
  ],
  kinds: ["reward"],
  workers: null,
} as unknown as Places;

const run = (more: object = {}) =>
  ({ kind: "reward", name: "", config: {}, needs: "", priority: 0, launch: null, policy_version: "v1", ...more }) as unknown as Run;
const place = (more: object, places: Places | undefined = PLACES) =>
  startFrom(run(more), "reward", SCHEMA, places).place;

describe("a form that the address fills", () => {
  it("takes the inputs that its kind has", () => {
    const search = new URLSearchParams({ kind: "evaluate", policy_version: "v1", prompt_set: "", plan: "p1" });
    expect(startNamed("evaluate", search).inputs).toEqual({ policy_version: "v1" });
  });

  it("takes what a reward model is held against, for an evaluation alone", () => {
    const search = new URLSearchParams({ baseline_reward_version: "v0" });
    expect(startNamed("evaluate", search).config).toEqual({ baseline_reward_version: "v0" });
    expect(startNamed("reward", search).config).toEqual({});
  });
});

describe("a form that begins as an earlier run", () => {
  it("has its inputs, and the settings that are not at their defaults, switched off ones too", () => {
    const start = startFrom(run({ config: { epochs: 1, value_clip: null, gone: 3 } }), "reward", SCHEMA, PLACES);
    expect(start.inputs).toEqual({ policy_version: "v1" });
    expect(start.config).toEqual({ value_clip: null });
  });

  it("is held against the same reward model, and against none where that one was not", () => {
    const config = (baseline: string | null) =>
      startFrom(run({ config: { baseline_reward_version: baseline } }), "evaluate", SCHEMA, PLACES).config;
    expect(config("v0")).toEqual({ baseline_reward_version: "v0" });
    expect(config(null)).toEqual({});
  });

  it("proposes its name unchanged, and none of what was noted about it", () => {
    const start = startFrom(run({ name: "small steps", note: "Bad." }), "reward", SCHEMA, PLACES);
    expect(start.name).toBe("small steps");
    expect(start).not.toHaveProperty("note");
  });

  it("runs where that one ran, and as urgently", () => {
    expect(place({ needs: "gpu", priority: 2, launch: LAUNCH })).toEqual({ launch: "two", needs: "gpu", priority: 2 });
    expect(place({})).toEqual({});
  });

  it("is one process where the configuration is not offered any more", () => {
    const gone = { ...LAUNCH, name: "gone" };
    expect(place({ needs: "gpu", launch: gone })).toEqual({ needs: "gpu" });
    expect(place({ launch: { ...LAUNCH, name: "broken" } })).toEqual({});
    expect(place({ launch: LAUNCH }, { ...PLACES, kinds: [] })).toEqual({});
    expect(startFrom(run({ launch: LAUNCH }), "reward", SCHEMA, undefined).place).toEqual({});
  });
});
