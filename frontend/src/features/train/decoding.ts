/** The settings of decoding: which there are for each strategy, their defaults, and what the server takes. */

import type { SettingSchema } from "./settings";

export const STRATEGIES = ["sample", "greedy", "beam"] as const;
export const NUMBERS = {
  sample: ["temperature", "top_k", "top_p", "no_repeat_ngram", "repetition_penalty", "seed"],
  greedy: ["no_repeat_ngram", "repetition_penalty"],
  beam: ["num_beams", "no_repeat_ngram", "repetition_penalty"],
} as const;
export const DEFAULTS: Partial<Record<string, number>> = {
  temperature: 1,
  top_k: 0,
  top_p: 1,
  num_beams: 4,
  no_repeat_ngram: 0,
  repetition_penalty: 1,
  seed: 0,
};

const whole = (minimum: number, maximum: number): SettingSchema => ({ type: "integer", minimum, maximum });
const share = (minimum: number, maximum: number): SettingSchema => ({ type: "number", minimum, maximum });

/** Of a sampling plan; the playground draws less at once. */
export const PLAN_RANGES = {
  temperature: share(0.01, 5),
  top_k: whole(0, 1_000_000),
  top_p: share(0.001, 1),
  num_beams: whole(1, 32),
  no_repeat_ngram: whole(0, 100),
  repetition_penalty: share(0.1, 10),
  n: whole(1, 64),
  max_new_tokens: whole(1, 8192),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
} as const;
export const TRIAL_RANGES = { ...PLAN_RANGES, n: whole(1, 8), max_new_tokens: whole(1, 2048) } as const;
export type DecodingNumber = keyof typeof PLAN_RANGES;

/** The numbers that a strategy reads: greedy gives one completion whatever is asked. */
export function numbersOf(strategy: (typeof STRATEGIES)[number]): readonly DecodingNumber[] {
  return [...(strategy === "greedy" ? [] : ["n" as const]), "max_new_tokens", ...NUMBERS[strategy]];
}
