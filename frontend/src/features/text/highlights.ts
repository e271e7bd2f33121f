/**
 * Passages painted by the browser's own highlights: the page's elements stay as they are, marks may
 * overlap, and several answers share one registry. Without the interface nothing is painted; the list
 * of marks says the same.
 */

import "./highlights.css";

const painted = new Map<object, Map<string, Range[]>>();

/** Replace everything that this owner has painted. */
export function paint(owner: object, ranges: Map<string, Range[]>): void {
  if (!("highlights" in CSS)) return;
  const names = new Set([...(painted.get(owner)?.keys() ?? []), ...ranges.keys()]);
  if (ranges.size > 0) painted.set(owner, ranges);
  else painted.delete(owner);
  for (const name of names) {
    const all = [...painted.values()].flatMap((each) => each.get(name) ?? []);
    if (all.length > 0) CSS.highlights.set(name, new Highlight(...all));
    else CSS.highlights.delete(name);
  }
}
