/** Numbers out of a report of unknown shape. Pure. */

export type Figure = readonly [name: string, value: number];

/** The first numbers at the top, at most so many. */
export function figures(report: Readonly<Record<string, unknown>>, limit: number): Figure[] {
  return Object.entries(report)
    .filter((entry): entry is [string, number] => typeof entry[1] === "number")
    .slice(0, limit);
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
function isEstimate(value: unknown): value is Estimate {
  const found = value as Partial<Estimate> | null;
  return (
    typeof found === "object" &&
    typeof found?.value === "number" &&
    typeof found.low === "number" &&
    typeof found.high === "number"
  );
}

export function inWords(value: unknown, locale: string): string {
  if (isEstimate(value)) {
    const [middle, low, high] = [value.value, value.low, value.high].map((x) => inWords(x, locale));
    return `${middle} (${low} … ${high})`;
  }
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? value.toLocaleString(locale)
      : value.toLocaleString(locale, { maximumSignificantDigits: 5 });
  }
  if (Array.isArray(value)) return value.map((each) => inWords(each, locale)).join(" … ");
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
