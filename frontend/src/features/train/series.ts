/** Reported figures as one line each. Pure. */

import type { Metric } from "./api";
import { byImportance } from "./curveOrder";

export interface Series {
  name: string;
  steps: number[];
  values: number[];
}

/** By step; a step that was reported again after a resumption keeps the later value. */
export function seriesOf(rows: readonly Pick<Metric, "step" | "name" | "value">[]): Series[] {
  const byName = new Map<string, Map<number, number>>();
  for (const row of rows) {
    const points = byName.get(row.name) ?? new Map<number, number>();
    points.set(row.step, row.value);
    byName.set(row.name, points);
  }
  const found = [...byName].map(([name, points]) => {
    const steps = [...points.keys()].sort((a, b) => a - b);
    return { name, steps, values: steps.map((step) => points.get(step)!) };
  });
  return found.sort((a, b) => byImportance(a.name, b.name));
}
