import { describe, expect, test } from "vitest";
import { layout, relativesOf } from "./layout";

const arrow = (way: string) => {
  const [source, target] = way.split(">") as [string, string];
  return { source, target };
};
// One turn of the loop: base > round > snapshot > judge > better, and base > better.
const LOOP = ["base>round", "round>snapshot", "snapshot>judge", "judge>better", "base>better"].map(arrow);

describe("the places of a graph", () => {
  test("a node stands behind everything it came from, by the longest way", () => {
    const places = layout(["better", "judge", "base", "snapshot", "round"], LOOP);
    expect(places.map((place) => [place.id, place.column])).toEqual([
      ["base", 0],
      ["round", 1],
      ["snapshot", 2],
      ["judge", 3],
      ["better", 4],
    ]);
  });

  test("neighbours are put beside each other, so that arrows do not cross", () => {
    const places = layout(["a", "b", "of b", "of a"], ["a>of a", "b>of b"].map(arrow));
    const row = (id: string) => places.find((place) => place.id === id)?.row;
    expect([row("a"), row("of a")]).toEqual([0, 0]);
    expect([row("b"), row("of b")]).toEqual([1, 1]);
  });

  test("arrows to what is not there, and cycles, do no harm", () => {
    expect(layout([], [])).toEqual([]);
    expect(layout(["a", "b"], ["a>b", "b>a", "x>a"].map(arrow))).toHaveLength(2);
  });
});

test("relatives are ancestors and descendants, not siblings", () => {
  const arrows = [...LOOP, arrow("base>sibling"), arrow("better>child")];
  expect(relativesOf("better", arrows)).toEqual(
    new Set(["better", "base", "judge", "snapshot", "round", "child"]),
  );
});
