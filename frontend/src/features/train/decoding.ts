/** The settings of decoding: which there are for each strategy, and their defaults. */

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
