/** Where over a row something is held: before it, onto it or after it. Pure. */

export type Zone = "before" | "onto" | "after";

/** The middle means "as good as": only where that is allowed. */
export function zoneAt(y: number, top: number, height: number, canTie: boolean): Zone {
  const share = height > 0 ? (y - top) / height : 0.5;
  if (canTie && share > 0.3 && share < 0.7) return "onto";
  return share < 0.5 ? "before" : "after";
}
