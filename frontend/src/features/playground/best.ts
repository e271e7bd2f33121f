/** Which completion is best by a reward model, and how tokens are drawn. Pure. */

import type { Candidate, Completion, Part, Step } from "./api";

export interface Spot {
  policy: number;
  sample: number;
}

export function scoreOf(completion: Completion, reward: string): number | null {
  return completion.scores.find((each) => each.reward === reward)?.score ?? null;
}

/** Best of n: of each policy's completions the one with the highest score; ties go to the first. */
export function bestOfEach(parts: readonly Part[], reward: string | undefined): Spot[] {
  if (reward === undefined) return [];
  return parts.flatMap((part, policy) => {
    let best: { sample: number; score: number } | null = null;
    part.completions.forEach((completion, sample) => {
      const score = scoreOf(completion, reward);
      if (score !== null && (best === null || score > best.score)) best = { sample, score };
    });
    const found = best as { sample: number; score: number } | null;
    return found === null || part.completions.length < 2 ? [] : [{ policy, sample: found.sample }];
  });
}

/** Whether a policy has answered: all its completions are whole. */
export function isAnswered(part: Part): boolean {
  return part.completions.every((each) => each.finish_reason !== null);
}

/** Whether there is anything of a completion to look at: a server's begins empty. */
export function hasBegun(completion: Completion): boolean {
  return completion.text !== "" || completion.finish_reason !== null;
}

export interface Shown {
  candidate: Candidate;
  isChosen: boolean;
}

/** The token and its alternatives, likeliest first; `cutAfter` says behind which row the filters cut. */
export function candidatesOf(step: Step): { rows: Shown[]; cutAfter: number | null } {
  const rows = [
    { candidate: step.chosen, isChosen: true },
    ...step.others.map((candidate) => ({ candidate, isChosen: false })),
  ].sort((a, b) => b.candidate.probability - a.candidate.probability);
  const kept = rows.filter((row) => !isCut(row.candidate));
  const cut = rows.length - kept.length;
  return { rows: [...kept, ...rows.filter((row) => isCut(row.candidate))], cutAfter: cut > 0 ? kept.length : null };
}

/** Whether the filters of the plan cut it; of a served policy nobody knows. */
export function isCut(candidate: Candidate): boolean {
  return candidate.fate !== null && candidate.fate !== "kept";
}

/** How surprising a token was, in four steps; colour alone never says it. */
export function surprise(probability: number): 0 | 1 | 2 | 3 {
  if (probability >= 0.5) return 0;
  if (probability >= 0.1) return 1;
  return probability >= 0.01 ? 2 : 3;
}
