import { describe, expect, it, vi } from "vitest";

vi.stubGlobal("matchMedia", () => ({ addEventListener: () => undefined }));
const { across, upwards } = await import("./axes");

describe("the axes of a chart", () => {
  it("have one point in their middle", () => {
    expect(across(7, 7)).toEqual([6, 8]);
    expect(across(1, 9)).toEqual([1, 9]);
  });

  it("stay near to values that do not change", () => {
    expect(upwards(0, 0)).toEqual([-1, 1]);
    expect(upwards(50, 50)).toEqual([45, 55]);
    expect(upwards(null, null)).toEqual([null, null]);
  });

  it("have room around values that do", () => {
    const [least, most] = upwards(2, 3);
    expect(least).toBeLessThan(2);
    expect(most).toBeGreaterThan(3);
  });
});
