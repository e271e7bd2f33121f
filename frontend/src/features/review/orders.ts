/** Weak orders on the page: letters, words, and whether two say the opposite of a pair. */

export type Tiers = readonly (readonly string[])[];

/** A, B, C … by the position of the answer on the page. */
export function lettersOf(ids: readonly string[]): Map<string, string> {
  return new Map(ids.map((id, index) => [id, String.fromCharCode(65 + index)]));
}

/** "A = C > B"; the line below the acceptable as "|". */
export function inWords(tiers: Tiers, letters: ReadonlyMap<string, string>, cut: number | null): string {
  const words = tiers.map((tier) => tier.map((id) => letters.get(id) ?? "?").sort().join(" = "));
  if (cut === null) return words.join(" > ");
  return [words.slice(0, cut).join(" > "), words.slice(cut).join(" > ")].join(" | ").trim();
}

function places(tiers: Tiers): Map<string, number> {
  return new Map(tiers.flatMap((tier, index) => tier.map((id) => [id, index] as const)));
}

/** The answers of which at least one pair is ordered differently by two of the orders. */
export function contested(orders: readonly Tiers[]): Set<string> {
  const found = new Set<string>();
  const all = orders.map(places);
  all.forEach((one, index) => {
    for (const other of all.slice(index + 1)) {
      for (const a of one.keys()) {
        for (const b of one.keys()) {
          const here = Math.sign((one.get(a) ?? 0) - (one.get(b) ?? 0));
          const there = Math.sign((other.get(a) ?? NaN) - (other.get(b) ?? NaN));
          if (here * there < 0) found.add(a).add(b);
        }
      }
    }
  });
  return found;
}

/** Tiers, best first, from the tier number of each answer; those without a number are left out. */
export function tiersFrom(numbers: ReadonlyMap<string, number>): string[][] {
  const byNumber = new Map<number, string[]>();
  for (const [id, number] of numbers) byNumber.set(number, [...(byNumber.get(number) ?? []), id]);
  return [...byNumber].sort(([a], [b]) => a - b).map(([, ids]) => ids);
}
