/** How soon a waiting run goes, in five levels; the names are those of the catalogue. */

const LEVELS = { "2": "p2", "1": "p1", "0": "p0", "-1": "m1", "-2": "m2" } as const;

export const HIGHEST = 2;
export const PRIORITIES = [2, 1, 0, -1, -2] as const;

export function levelOf(priority: number) {
  return LEVELS[String(priority) as keyof typeof LEVELS] ?? "p0";
}
