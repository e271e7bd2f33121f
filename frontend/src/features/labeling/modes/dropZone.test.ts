import { expect, it } from "vitest";
import { zoneAt } from "./dropZone";

it("is before or after at the edges of a row, and onto it in the middle where ties are allowed", () => {
  expect(zoneAt(102, 100, 40, true)).toBe("before");
  expect(zoneAt(120, 100, 40, true)).toBe("onto");
  expect(zoneAt(138, 100, 40, true)).toBe("after");
  expect(zoneAt(118, 100, 40, false)).toBe("before");
  expect(zoneAt(122, 100, 40, false)).toBe("after");
});
