import { describe, expect, it } from "vitest";
import type { Text } from "@/lib/i18n";
import { eventWords } from "./eventWords";

const t = ((key: string) => (key.endsWith("colon") ? "：" : `[${key.split(".").at(-1)}]`)) as Text;

describe("an event of a run", () => {
  it("is told by its words first, and then by what it names", () => {
    const payload = { code: "crashed", message: "训练进程以代码 9 结束", exit_code: null };
    expect(eventWords(payload, t, "zh-Hans")).toBe("训练进程以代码 9 结束 · [code]：crashed");
  });

  it("leaves out what stands elsewhere, and what says nothing", () => {
    const payload = { step: 44, path: "checkpoints/step-44", manifest_sha256: "ab", resumed_from: null };
    expect(eventWords(payload, t, "zh-Hans")).toBe("[step]：44");
    expect(eventWords({ by: "somebody", after: "a run" }, t, "en")).toBe("");
  });

  it("says sizes and pauses in units, and yes for true in Chinese", () => {
    expect(eventWords({ bytes: 10_260_523 }, t, "en")).toBe("[bytes]：10 MB");
    expect(eventWords({ pause_s: 30 }, t, "en")).toBe("[pause_s]：30 sec");
    expect(eventWords({ pause_s: 0 }, t, "en")).toBe("");
    expect(eventWords({ hosts: ["train@a", "train@b"] }, t, "en")).toBe("[hosts]：train@a, train@b");
    expect(eventWords({ stops: true }, t, "zh-Hans")).toBe("[stops]：是");
    expect(eventWords({ of_a_later_release: 1 }, t, "en")).toBe("of_a_later_release：1");
  });
});
