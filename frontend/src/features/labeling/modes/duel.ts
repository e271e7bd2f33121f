/**
 * One duel: which of two answers is better, and by how much. A verdict is a point on a scale that
 * lies on the screen as it is counted here: below zero the left answer is better. Pure; knows
 * nothing of screens or servers.
 */

import type { Duel } from "./guided";

/** -3 the left is much better … 0 as good as each other … 3 the right is much better. */
export type Verdict = -3 | -2 | -1 | 0 | 1 | 2 | 3;

const WITH_TIE: readonly Verdict[] = [-3, -2, -1, 0, 1, 2, 3];
const WITHOUT_TIE: readonly Verdict[] = [-3, -2, -1, 1, 2, 3];

/** The steps of the scale from left to right; the digits 1, 2, 3, … name them in this order. */
export function scaleOf(allowTies: boolean): readonly Verdict[] {
  return allowTies ? WITH_TIE : WITHOUT_TIE;
}

/** One step along the scale; from nothing to the nearest step of that side. Stops at the ends. */
export function stepped(verdict: Verdict | null, by: -1 | 1, allowTies: boolean): Verdict {
  const scale = scaleOf(allowTies);
  if (verdict === null || !scale.includes(verdict)) return by;
  const at = Math.min(Math.max(scale.indexOf(verdict) + by, 0), scale.length - 1);
  return scale[at] ?? verdict;
}

export function duelOf(left: string, right: string, verdict: Verdict): Duel {
  const [better, worse] = verdict > 0 ? [right, left] : [left, right];
  const strength = Math.abs(verdict);
  return {
    better,
    worse,
    is_tie: verdict === 0,
    strength: strength === 0 ? null : (strength as 1 | 2 | 3),
  };
}

/** Who is better and nothing more: the strength was not said. */
export function plainDuel(left: string, right: string, side: -1 | 1): Duel {
  return { ...duelOf(left, right, side), strength: null };
}

/** The verdict a duel was given, seen from these sides; null where none or no strength was said. */
export function verdictOf(left: string, right: string, duel: Duel | undefined): Verdict | null {
  if (!duel || !isBetween(duel, left, right)) return null;
  if (duel.is_tie) return 0;
  if (duel.strength === null) return null;
  return (duel.better === left ? -duel.strength : duel.strength) as Verdict;
}

export function isBetween(duel: Duel, one: string, other: string): boolean {
  return (
    (duel.better === one && duel.worse === other) || (duel.better === other && duel.worse === one)
  );
}

/** The weak order of the two. */
export function tiersOfDuel(duel: Duel): string[][] {
  return duel.is_tie ? [[duel.better, duel.worse]] : [[duel.better], [duel.worse]];
}
