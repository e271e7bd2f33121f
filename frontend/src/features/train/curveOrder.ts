/** Which curves a person looks at first. Pure. */

// Of policies: what they gain, at what distance, and whether they still learn and stop.
const FIRST = [
  "score_mean",
  "evaluation_score",
  "kl",
  "kl_k3",
  "entropy",
  "tokens_mean",
  "stop_rate",
  "policy_clip",
  "explained_variance",
];
// Of all other stages, and what is like it.
const LIKE = ["loss", "accuracy", "reward", "score", "kl"];

/** This many stand open, the rest is folded away. */
export const OPEN_CURVES = 9;

/** What matters first; the rest follows by name. */
export function byImportance(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b);
}

function rank(name: string): number {
  const first = FIRST.indexOf(name);
  if (first !== -1) return first;
  const like = LIKE.findIndex((word) => name.toLowerCase().includes(word));
  return FIRST.length + (like === -1 ? LIKE.length : like);
}
