/** What of a report stands in sight, and what is one click away. Pure. */

import { flatten, isEstimate, type ReportRow } from "./figures";

/** What ended the run is told by a card of its own. */
const ALARM = "alarm";
/** More rows than this of one subject do not all stand in sight. */
const UNFOLDED = 30;
/** Of such a subject, what has no more rows than this is a headline. */
const FEW = 3;

export interface Part {
  path: string;
  rows: ReportRow[];
}

interface Parts {
  open: ReportRow[];
  folded: Part[];
}

/** Headlines with those first that have an interval; breakdowns and long lists folded, each by itself. */
export function partsOf(report: Readonly<Record<string, unknown>>): Parts {
  const open: ReportRow[] = [];
  const folded: Part[] = [];
  for (const [path, value] of Object.entries(report)) {
    if (path === ALARM) continue;
    const rows = flatten(value, path);
    const parts = rows.length <= UNFOLDED ? [{ path, rows }] : partsIn(path, value);
    const most = rows.length <= UNFOLDED ? UNFOLDED : FEW;
    const headlines = parts.filter((part) => part.rows.length <= most).flatMap((part) => part.rows);
    if (headlines.length > UNFOLDED || parts.length === 0) folded.push({ path, rows });
    else {
      open.push(...headlines);
      folded.push(...parts.filter((part) => part.rows.length > most));
    }
  }
  return { open: open.sort((a, b) => rank(a) - rank(b)), folded };
}

function partsIn(path: string, value: unknown): Part[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([key, each]) => ({ path: `${path}.${key}`, rows: flatten(each, `${path}.${key}`) }));
}

function rank({ value }: ReportRow): number {
  return isEstimate(value) ? 0 : typeof value === "number" ? 1 : 2;
}
