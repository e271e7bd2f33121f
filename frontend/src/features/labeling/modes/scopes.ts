/** Which mode an item is ranked in, and where keys mean something there. */

import type { Scope } from "../actions";
import type { Assignment, Screen } from "../api";
import { stepsOf } from "../judgment";

const SCOPES: Record<Exclude<Screen["mode"], "tiers">, readonly Scope[]> = {
  duel: ["duel"],
  guided: ["duel", "drag_list"],
  best_worst: ["best_worst"],
  drag_list: ["drag_list"],
};

/** A duel is between two: an older item with more is ranked in tiers. */
export function modeOf({ screen, completions }: Assignment): Screen["mode"] {
  return screen.mode === "duel" && completions.length !== 2 ? "tiers" : screen.mode;
}

export function scopesOf(assignment: Assignment): readonly Scope[] {
  const mode = modeOf(assignment);
  return [...(mode === "tiers" ? stepsOf(assignment.screen) : SCOPES[mode]), "flag"];
}
