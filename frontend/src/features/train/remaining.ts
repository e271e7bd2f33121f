/** How long what a run is at will take, by how fast it went while the page looked on. Pure. */

export interface Sight {
  phase: string;
  done: number;
  total: number;
  at: number; // ms
}

const FIRST_AFTER_MS = 15_000; // before, one slow step would say too much

/** The phase whose count runs over the whole run; a policy run begins the others anew in every iteration. */
const OF_THE_RUN = "train";

/** What a page has seen of a run: the phase it is in, and where each phase that goes on was seen first. */
export interface Watched {
  phase: string;
  first: readonly Sight[];
}

export const UNSEEN: Watched = { phase: "", first: [] };

/** With one more look. */
export function look({ phase, first }: Watched, now: Sight): Watched {
  const kept = phase === now.phase ? first : first.filter((each) => each.phase === OF_THE_RUN);
  const goesOn = firstSight({ phase, first: kept }, now) !== undefined;
  return { phase: now.phase, first: goesOn ? kept : [...kept.filter((each) => each.phase !== now.phase), now] };
}

/** Where the phase at hand was seen first. */
export function firstSight({ first }: Watched, now: Sight): Sight | undefined {
  return first.find((each) => each.phase === now.phase && each.total === now.total && each.done <= now.done);
}

/** Milliseconds; null while nothing can be said. */
export function remaining(first: Sight | undefined, now: Sight): number | null {
  if (first === undefined || now.done <= first.done || now.at - first.at < FIRST_AFTER_MS) return null;
  return ((now.total - now.done) * (now.at - first.at)) / (now.done - first.done);
}
