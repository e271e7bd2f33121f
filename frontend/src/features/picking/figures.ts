/** What the report of a choice says, read with care: reports are files of a trainer. */

export const RULES = ["information", "disagreement", "novelty", "random"] as const;
export type RuleName = (typeof RULES)[number];

export interface Choice {
  candidates: number;
  picked: number;
  rewardModels: number;
  judged: number;
  created: number | null;
  existing: number | null;
  rules: { rule: RuleName; picked: number; uncertainty: number }[];
  bars: { from: number; to: number; all: number; picked: number }[];
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(number) : []);

/** The report of a run of kind pick; null while there is none. */
export function choiceOf(report: Fields): Choice | null {
  if (typeof report.picked !== "number") return null;
  const byRule = fields(report.by_rule);
  const items = fields(report.items);
  const { edges, candidates, picked } = fields(report.uncertainty);
  const steps = numbers(edges);
  const shares = (counts: readonly number[], place: number) => {
    const whole = counts.reduce((sum, each) => sum + each, 0);
    return whole > 0 ? number(counts[place]) / whole : 0;
  };
  return {
    candidates: number(report.candidates),
    picked: report.picked,
    rewardModels: number(report.reward_models),
    judged: number(report.judged),
    created: typeof items.created === "number" ? items.created : null,
    existing: typeof items.existing === "number" ? items.existing : null,
    rules: RULES.map((rule) => {
      const found = fields(byRule[rule]);
      return { rule, picked: number(found.picked), uncertainty: number(found.uncertainty_mean) };
    }),
    bars: steps.slice(1).map((to, place) => ({
      from: number(steps[place]),
      to,
      all: shares(numbers(candidates), place),
      picked: shares(numbers(picked), place),
    })),
  };
}
