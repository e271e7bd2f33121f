/** What tells runs apart: settings, results and curves laid side by side. Pure. */

import type { Metric, Run } from "@/features/train/api";
import { byImportance } from "@/features/train/curveOrder";
import { flatten } from "@/features/train/figures";
import { BASELINE, FURTHER, inFormOrder, type ConfigSchema } from "@/features/train/settings";

export interface Compared {
  run: Run;
  metrics: readonly Metric[];
}

export interface Line {
  name: string;
  /** One value a run; undefined where it has none. */
  values: unknown[];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Settings that are not alike in all runs, in the order of the form. */
export function differing(runs: readonly Run[], schema?: ConfigSchema): Line[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.config)))];
  return inFormOrder(names, schema)
    .filter((name) => name !== FURTHER && name !== BASELINE) // told by name, among what a run worked on
    .map((name) => ({ name, values: runs.map((run) => run.config[name]) }))
    .filter(({ values }) => values.some((value) => !same(value, values[0])));
}

/** Figures of the reports: what has an interval or is a number, in the order of the first report. */
export function results(runs: readonly Run[]): Line[] {
  const reports = runs.map((run) => new Map(flatten(run.report).map((row) => [row.path, row.value])));
  const paths = [...new Set(reports.flatMap((report) => [...report.keys()]))];
  return paths
    .map((name) => ({ name, values: reports.map((report) => report.get(name)) }))
    .filter(({ values }) => values.some((value) => typeof value === "number" || isFigure(value)))
    .filter(({ name }) => !/\[\d+\]|^alarm\./.test(name));
}

function isFigure(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type Axis = "step" | "hours";

export interface Overlay {
  name: string;
  x: number[];
  /** One series a run, null where it has no value at that x. */
  series: (number | null)[][];
}

/** One chart for each figure that any of the runs reports. */
export function overlays(compared: readonly Compared[], axis: Axis, smoothing: number): Overlay[] {
  const names = [...new Set(compared.flatMap(({ metrics }) => metrics.map((metric) => metric.name)))];
  return names
    .sort(byImportance)
    .map((name) => aligned(name, compared.map((each) => points(each, name, axis)), smoothing))
    .filter((overlay) => overlay.x.length > 0);
}

/** By step; what was reported again after a resumption keeps the later value. */
function points({ metrics }: Compared, name: string, axis: Axis): [number, number][] {
  const times = metrics.flatMap((metric) => (metric.at ? [Date.parse(metric.at)] : []));
  const start = times.reduce((least, time) => Math.min(least, time), Infinity);
  const found = new Map<number, [number, number]>();
  for (const metric of metrics) {
    if (metric.name !== name || (axis === "hours" && !metric.at)) continue;
    const x = axis === "step" ? metric.step : (Date.parse(metric.at!) - start) / 3_600_000;
    found.set(metric.step, [x, metric.value]);
  }
  return [...found.values()].sort((a, b) => a[0] - b[0]);
}

function aligned(name: string, runs: [number, number][][], smoothing: number): Overlay {
  const x = [...new Set(runs.flatMap((run) => run.map(([at]) => at)))].sort((a, b) => a - b);
  const series = runs.map((run) => {
    const smooth = smoothed(run.map(([, value]) => value), smoothing);
    const byX = new Map(run.map(([at], index) => [at, smooth[index]!]));
    return x.map((at) => byX.get(at) ?? null);
  });
  return { name, x, series };
}

/** Moving average with weights falling by `weight`, not drawn to 0 at its beginning. */
export function smoothed(values: readonly number[], weight: number): number[] {
  let sum = 0;
  let weights = 0;
  return values.map((value) => {
    sum = sum * weight + value;
    weights = weights * weight + 1;
    return sum / weights;
  });
}
