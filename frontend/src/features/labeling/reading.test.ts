import { describe, expect, it } from "vitest";
import { looked, readingFrom, readState, settled, unreadOf, type Reading, type Sight } from "./reading";

const LONG: Sight = { height: 2000, seenTo: 800, shown: 800, window: 800 };

describe("reading", () => {
  it("counts how far down was seen, and for how long", () => {
    let reading = looked({}, "p", LONG, 500);
    expect(reading).toEqual({ p: { visible_ms: 500, read_percent: 40 } });
    reading = looked(reading, "p", { ...LONG, seenTo: 1500 }, 500);
    reading = looked(reading, "p", { ...LONG, seenTo: 2000 }, 500);
    reading = looked(reading, "p", { ...LONG, seenTo: 900 }, 500);
    expect(reading).toEqual({ p: { visible_ms: 2000, read_percent: 100 } });
  });

  it("takes nobody who jumped to the end for a reader, until the gap was seen as well", () => {
    let reading = looked({}, "p", LONG, 0); // 0 to 40 %
    reading = looked(reading, "p", { ...LONG, shown: 40, seenTo: 2000 }, 0); // the last line: 98 to 100 %
    expect(settled(reading)).toEqual({ p: { visible_ms: 0, read_percent: 40 } });
    reading = looked(reading, "p", { ...LONG, seenTo: 1960 }, 0); // upwards: 58 to 98 %
    expect(readState(reading, "p")).toBe("partly");
    reading = looked(reading, "p", { ...LONG, seenTo: 1300 }, 0); // 25 to 65 %
    expect(settled(reading)).toEqual({ p: { visible_ms: 0, read_percent: 100 } });
  });

  it("knows a text that was read from its end upwards", () => {
    const windows = [2000, 1400, 800];
    const reading = windows.reduce((so, seenTo) => looked(so, "p", { ...LONG, seenTo }, 0), {});
    expect(settled(reading)).toEqual({ p: { visible_ms: 0, read_percent: 100 } });
  });

  it("does not take a sliver at the edge for reading", () => {
    const reading = looked({}, "p", { ...LONG, shown: 60, seenTo: 60 }, 500);
    expect(reading.p?.visible_ms).toBe(0);
  });

  it("counts a short answer that is all in sight, and an empty one", () => {
    const short = looked({}, "p", { height: 40, seenTo: 40, shown: 40, window: 800 }, 500);
    expect(short).toEqual({ p: { visible_ms: 500, read_percent: 100 } });
    expect(looked({}, "p", { ...LONG, shown: 0 }, 500)).toEqual({});
  });

  it("tells read from partly and not read", () => {
    const reading: Reading = {
      p: { visible_ms: 1, read_percent: 96 },
      q: { visible_ms: 1, read_percent: 94 },
    };
    expect(["p", "q", "r"].map((id) => readState(reading, id))).toEqual(["read", "partly", "unread"]);
    expect(unreadOf(reading, ["p", "q", "r"])).toEqual(["q", "r"]);
  });

  it("comes back from a draft without what does not belong there", () => {
    const kept = { p: { visible_ms: 5, read_percent: 300 }, q: { visible_ms: "x" }, z: 1 };
    expect(readingFrom(kept, ["p", "q"])).toEqual({ p: { visible_ms: 5, read_percent: 100 } });
    expect(readingFrom(undefined, ["p"])).toEqual({});
  });
});
