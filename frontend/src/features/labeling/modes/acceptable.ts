/**
 * The line below which nothing is acceptable, where there are only two answers: how many of them are
 * acceptable. Pure.
 */

export type Acceptable = 0 | 1 | 2;

/** As the number of acceptable tiers; of two equals both or neither are. */
export function cutOfTwo(acceptable: Acceptable | null, isTie: boolean): number | null {
  if (acceptable === null || (isTie && acceptable === 1)) return null;
  return isTie && acceptable === 2 ? 1 : acceptable;
}

export function acceptableOfTwo(cut: number | null, isTie: boolean): Acceptable | null {
  if (cut === null || cut < 0 || cut > 2) return null;
  return isTie ? (cut === 0 ? 0 : 2) : (cut as Acceptable);
}
