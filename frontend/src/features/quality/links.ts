/** From a figure to the judgments behind it: filters of the explorer are addresses. */

import { paths } from "@/config/paths";
import type { Filter } from "@/features/explorer/api";

/** The counted rankings that meet these conditions, in the explorer. */
export function judgments(projectId: string, filter: Partial<Record<keyof Filter, string | undefined>>): string {
  const given = Object.entries(filter).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const search = new URLSearchParams([["what", "rankings"], ["state", "counted"], ...given]);
  return paths.manage(projectId, `explore?${search.toString()}`);
}

/** The seven days from this one (2026-11-23) on, as conditions. */
export function weekFrom(day: string): { since: string; until: string } {
  const end = new Date(`${day}T00:00:00Z`);
  end.setUTCDate(end.getUTCDate() + 7);
  return { since: day, until: end.toISOString().slice(0, 10) };
}
