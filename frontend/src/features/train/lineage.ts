/** Versions as a family tree, laid out as an indented list. Pure. */

import type { Version } from "./api";

export interface LineageRow {
  version: Version;
  depth: number;
}

/** Roots first by number; under each its descendants, older first. */
export function lineage(versions: readonly Version[]): LineageRow[] {
  const known = new Set(versions.map((version) => version.id));
  const children = new Map<string | null, Version[]>();
  for (const version of [...versions].sort((a, b) => a.number - b.number)) {
    const parent = version.parent_id && known.has(version.parent_id) ? version.parent_id : null;
    children.set(parent, [...(children.get(parent) ?? []), version]);
  }
  const rows: LineageRow[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const version of children.get(parent) ?? []) {
      rows.push({ version, depth });
      visit(version.id, depth + 1);
    }
  };
  visit(null, 0);
  return rows;
}
