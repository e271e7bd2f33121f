/** How long what a run is at will take, by how fast it went while the page looked on. Pure. */

export interface Sight {
  phase: string;
  done: number;
  total: number;
  at: number; // ms
}

const FIRST_AFTER_MS = 15_000; // before, one slow step would say too much

/** Where a phase was seen first: a policy run comes back to each of its phases. */
export function firstSight(seen: readonly Sight[], now: Sight): Sight | undefined {
  return seen.find((each) => each.phase === now.phase && each.total === now.total && each.done <= now.done);
}

/** Milliseconds; null while nothing can be said. */
export function remaining(first: Sight | undefined, now: Sight): number | null {
  if (first === undefined || now.done <= first.done || now.at - first.at < FIRST_AFTER_MS) return null;
  return ((now.total - now.done) * (now.at - first.at)) / (now.done - first.done);
}
