/** Numbers out of a report of unknown shape. Pure. */

/** The figures to show of a version where there is room for few: those with an interval first. */
export function headlines(report: Readonly<Record<string, unknown>>, limit: number): ReportRow[] {
  const rows = flatten(report);
  const estimates = rows.filter((row) => isEstimate(row.value));
  const numbers = rows.filter((row) => typeof row.value === "number");
  return [...estimates, ...numbers]
    .slice(0, limit)
    .map((row) => ({ ...row, path: row.path.split(".").at(-1) ?? row.path }));
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

interface Estimate {
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

export function inWords(value: unknown, locale: string, digits = 5): string {
  if (isEstimate(value)) {
    const [middle, low, high] = [value.value, value.low, value.high].map((x) => inWords(x, locale, digits));
    return `${middle} (${low} … ${high})`;
  }
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? value.toLocaleString(locale)
      : value.toLocaleString(locale, { maximumSignificantDigits: digits });
  }
  if (Array.isArray(value)) return value.map((each) => inWords(each, locale, digits)).join(" … ");
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean" && locale.startsWith("zh")) return value ? "是" : "否";
  return typeof value === "string" ? value : JSON.stringify(value);
}
