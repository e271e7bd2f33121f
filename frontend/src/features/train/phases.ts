/** What a run is at, in words. */

import type { Text } from "@/lib/i18n";

const PHASES = [
  ...(["train", "rollout", "evaluate", "sample", "score", "score_judged", "score_baseline"] as const),
  ...(["policy", "baseline", "items", "check", "import", "unpack", "load", "store"] as const),
  ...(["create", "upload", "commit", "export", "dataset", "gather", "best_of_n"] as const),
];

/** Trainers may be at something that this page does not know yet: that is told as they call it. */
export function phaseName(phase: string, t: Text): string {
  const number = /^score (\d+)$/.exec(phase)?.[1];
  if (number) return t("train.runs.phase.scoreNext", { number });
  const known = PHASES.find((each) => each === phase.replaceAll(" ", "_"));
  return known ? t(`train.runs.phase.${known}`) : phase;
}
