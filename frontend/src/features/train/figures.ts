/** Numbers out of a report of unknown shape. Pure. */

import { PLAIN_ZERO } from "@/lib/format";

// What a version is chosen by; then whatever has an interval, then any number.
const MATTERS = ["win_rate", "gain", "accuracy", "length_baseline", "kendall_tau_b", "nats_per_completion", "perplexity"];

/** The figures to show of a version where there is room for few, each once. */
export function headlines(report: Readonly<Record<string, unknown>>, limit: number): ReportRow[] {
  const found = new Map<string, ReportRow>();
  for (const { path, value } of flatten(report)) {
    const name = path.split(".").at(-1) ?? path;
    if ((typeof value === "number" || isEstimate(value)) && !found.has(name)) found.set(name, { path: name, value });
  }
  const rank = ({ path, value }: ReportRow) => {
    const at = MATTERS.indexOf(path);
    return at === -1 ? MATTERS.length + Number(!isEstimate(value)) : at;
  };
  return [...found.values()].sort((a, b) => rank(a) - rank(b)).slice(0, limit);
}

export interface ReportRow {
  path: string;
  value: unknown;
}

/** Every leaf with its path; a list of plain values is one leaf. */
export function flatten(report: unknown, path = ""): ReportRow[] {
  if (Array.isArray(report)) {
    if (report.every((each) => typeof each !== "object" || each === null)) {
      return [{ path, value: report }];
    }
    return report.flatMap((each, index) => flatten(each, `${path}[${index}]`));
  }
  if (isEstimate(report)) return [{ path, value: report }];
  if (typeof report === "object" && report !== null) {
    return Object.entries(report).flatMap(([key, value]) =>
      flatten(value, path ? `${path}.${key}` : key),
    );
  }
  return [{ path, value: report }];
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** A figure with its interval is told as one. */
export function isEstimate(value: unknown): value is Estimate {
  const found = value as Partial<Estimate> | null;
  return (
    typeof found === "object" &&
    typeof found?.value === "number" &&
    typeof found.low === "number" &&
    typeof found.high === "number"
  );
}

/** Smaller numbers are written with a power of ten. */
const TINY = 1e-4;

export function inWords(value: unknown, locale: string, digits = 5): string {
  if (isEstimate(value)) {
    const [middle, low, high] = [value.value, value.low, value.high].map((x) => inWords(x, locale, digits));
    return `${middle} (${low} … ${high})`;
  }
  if (typeof value === "number") {
    if (value !== 0 && Math.abs(value) < TINY) return Number(value.toPrecision(digits)).toExponential();
    return Number.isInteger(value)
      ? value.toLocaleString(locale, PLAIN_ZERO)
      : value.toLocaleString(locale, { maximumSignificantDigits: digits });
  }
  if (Array.isArray(value)) return value.map((each) => inWords(each, locale, digits)).join(" … ");
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean" && locale.startsWith("zh")) return value ? "是" : "否";
  return typeof value === "string" ? value : JSON.stringify(value);
}
