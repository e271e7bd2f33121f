/** The figures of a round by name, out of its steps. Pure. */

import { PLAIN_ZERO } from "@/lib/format";
import type { Gate, Round, RoundStep } from "./api";

export type GateName = Gate["gate"];
/** The figures of the table of rounds, in the order of the loop. */
export const FIGURES: readonly GateName[] = [
  "reward_accuracy",
  "reward_gain",
  "kl",
  "stop_rate",
  "win_rate",
  "campaign_win_rate",
];
const WITH_INTERVAL: readonly GateName[] = ["reward_accuracy", "reward_gain", "win_rate"];
const SHARES: readonly GateName[] = ["reward_accuracy", "stop_rate", "win_rate", "campaign_win_rate"];

export function stepOf(round: Round, name: RoundStep["step"]): RoundStep | undefined {
  return round.steps.find((step) => step.step === name);
}

/** A figure with the step that has it. */
export function figureOf(round: Round, name: GateName): { gate: Gate; step: RoundStep } | null {
  for (const step of round.steps) {
    const gate = step.gates.find((each) => each.gate === name && each.value !== null);
    if (gate) return { gate, step };
  }
  return null;
}

/** Whether there would be an interval if more prompts had been asked. */
export function restsOnTooLittle({ low, clusters }: Pick<Gate, "low" | "clusters">): boolean {
  return low === null && clusters !== null;
}

/** Whether its report does not say how many prompts it rests on, so that no interval is believed. */
export function restsOnUnknown({ gate, value, clusters }: { gate: GateName } & Pick<Gate, "value" | "clusters">): boolean {
  return WITH_INTERVAL.includes(gate) && value !== null && clusters === null;
}

/** A share in per cent, a difference of shares in points, anything else as a number. */
export function inUnits(name: GateName, value: number, locale: string): string {
  if (SHARES.includes(name)) return value.toLocaleString(locale, { style: "percent", maximumFractionDigits: 1 });
  if (name === "reward_gain") {
    const points = (100 * value).toLocaleString(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
    return points;
  }
  return value.toLocaleString(locale, { ...PLAIN_ZERO, maximumFractionDigits: 1 });
}
