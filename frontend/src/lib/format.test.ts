import { describe, expect, it } from "vitest";
import { formatDuration, formatNumber } from "./format";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("a duration", () => {
  it.each([
    [83 * SECOND, "1 min 23 sec"],
    [10 * MINUTE + 40 * SECOND, "11 min"],
    [59 * MINUTE + 50 * SECOND, "1 hr"],
    [83 * MINUTE, "1 hr 23 min"],
    [3 * HOUR, "3 hr"],
    [26 * HOUR, "1 day 2 hr"],
    [47 * HOUR + 40 * MINUTE, "2 days"],
  ])("of %d ms is told in the units people count it in", (ms, words) => {
    expect(formatDuration(ms, "en")).toBe(words);
  });
  it("is told in Chinese too", () => {
    expect(formatDuration(83 * MINUTE, "zh-Hans")).toBe("1小时 23分钟");
  });
});

describe("a number", () => {
  it("that is nothing has no sign", () => {
    expect(formatNumber(-0, "en")).toBe("0");
    expect(formatNumber(-0.25, "zh-Hans")).toBe("-0.25");
  });
});
