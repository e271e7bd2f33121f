/** The best-of-n curve of a report. Pure. */

import { isEstimate, type Estimate } from "./figures";

export interface Point {
  n: number;
  score: Estimate;
  klBound: number;
}

/** Points by n; none where the report has no such curve. */
export function curveOf(report: Readonly<Record<string, unknown>>): Point[] {
  if (!Array.isArray(report.curve)) return [];
  return (report.curve as Record<string, unknown>[]).flatMap(({ n, score, kl_bound: klBound }) =>
    typeof n === "number" && isEstimate(score) && typeof klBound === "number" ? [{ n, score, klBound }] : [],
  );
}

/** What of the report is not told by the curve. */
export function withoutCurve(report: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (curveOf(report).length === 0) return report;
  return Object.fromEntries(Object.entries(report).filter(([name]) => name !== "curve"));
}
