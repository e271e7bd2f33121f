/** A mix on its way to being made. */

import { createPlan, type SamplingPlan } from "@/features/train/api";
import { createMix, type Mix, type MixRow } from "./api";

export interface MixDraft {
  name: string;
  rows: MixRow[];
  older_percent: number;
  seed: number;
}

/**
 * Two policies that share the places of an item, and 15 % of items with an older answer. With `base` it can be
 * drawn from the first policy on: the plain plan gives enough completions where both are one version.
 */
export function firstDraft(places: number, other: "previous" | "base", name = ""): MixDraft {
  const rows: MixRow[] = [
    { policy: "promoted", plan: "", count: Math.ceil(places / 2) },
    { policy: other, plan: "", count: Math.floor(places / 2) },
  ];
  return { name, rows, older_percent: 15, seed: 0 };
}

/**
 * Make the mix. Rows that name no sampling plan take the first that draws enough; where there is none, a plain
 * one is made: every token drawn as the policy weighs it, with as many completions as an item has places.
 */
export async function makeMix(
  project: string,
  draft: MixDraft,
  plans: readonly SamplingPlan[],
  plainName: string,
): Promise<Mix> {
  const places = draft.rows.reduce((sum, row) => sum + row.count, 0);
  let plan = plans.find((each) => each.n >= places)?.id;
  if (!plan && draft.rows.some((row) => !row.plan)) {
    const wish = { name: plainName, strategy: "sample", n: places, max_new_tokens: 256 } as const;
    plan = (await createPlan(project, wish)).id;
  }
  const rows = draft.rows.map((row) => ({ ...row, plan: row.plan || (plan ?? "") }));
  return createMix(project, { ...draft, rows });
}
