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
  if (typeof report === "object" && report !== null) {
    return Object.entries(report).flatMap(([key, value]) =>
      flatten(value, path ? `${path}.${key}` : key),
    );
  }
  return [{ path, value: report }];
}

export function inWords(value: unknown, locale: string): string {
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? value.toLocaleString(locale)
      : value.toLocaleString(locale, { maximumSignificantDigits: 5 });
  }
  if (Array.isArray(value)) return value.map((each) => inWords(each, locale)).join(" … ");
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
