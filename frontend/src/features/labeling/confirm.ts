/**
 * The confirm step: from the top, the weakest of each tier is held against the strongest of the next,
 * where the two were not compared yet. Pure.
 */

import type { Screen } from "./api";
import { tiersOf } from "./board";
import type { Content } from "./judgment";
import { scoreOf } from "./suggestions";

export interface Pair {
  /** The one that stands higher in the order as it is. */
  readonly upper: string;
  readonly lower: string;
}

/** All neighbours still to be compared, from the top. */
export function pairsToConfirm(content: Content, screen: Screen): Pair[] {
  const tiers = tiersOf(content.board);
  const score = (id: string) => scoreOf(content, screen, id) ?? 4;
  const pairs = tiers.slice(1).flatMap((tier, index) => {
    const above = tiers[index] ?? [];
    const upper = above.toSorted((a, b) => score(b) - score(a)).at(-1);
    const lower = tier.toSorted((a, b) => score(b) - score(a))[0];
    return upper !== undefined && lower !== undefined ? [{ upper, lower }] : [];
  });
  return pairs.filter(({ upper, lower }) => !isCompared(content, upper, lower));
}

export function pairToConfirm(content: Content, screen: Screen): Pair | undefined {
  return pairsToConfirm(content, screen)[0];
}

function isCompared(content: Content, one: string, other: string): boolean {
  return content.direct.some(
    ({ better, worse }) =>
      (better === one && worse === other) || (better === other && worse === one),
  );
}
