/** The gates of a plan, in the units that its form shows. Pure. */

import { faultOf, type SettingSchema } from "@/features/train/settings";
import type { PlanRequest } from "./api";

export const GATES = [
  "reward_least_accuracy",
  "reward_least_gain",
  "kl_ceiling",
  "least_stop_rate",
  "least_win_rate",
  "least_campaign_win_rate",
] as const;
/** What a campaign of a gate asks of people. */
export const SIZES = ["campaign_prompts", "campaign_judgments"] as const;
export type GateField = (typeof GATES)[number];
type Gates = Pick<PlanRequest, GateField>;

const SHARE: SettingSchema = { minimum: 0, maximum: 100 };

/** Shares are written in per cent, differences of shares in points; the KL in nats. */
export const RANGES: Record<GateField, SettingSchema> = {
  reward_least_accuracy: SHARE,
  reward_least_gain: { minimum: -100, maximum: 100 },
  kl_ceiling: { minimum: 0, maximum: 100_000 },
  least_stop_rate: SHARE,
  least_win_rate: SHARE,
  least_campaign_win_rate: SHARE,
};

/** How many of the unit shown make one of the value. */
export function timesOf(name: GateField): number {
  return name === "kl_ceiling" ? 1 : 100;
}

/** What a gate's field shows of its value, without the noise of floating point. */
export function shownOf(name: GateField, gates: Gates): number | null {
  const value = gates[name] ?? null;
  return value === null ? null : Number((value * timesOf(name)).toPrecision(12));
}

/** Whether a gate asks for what cannot be. */
export function hasWrongGate(gates: Gates): boolean {
  return GATES.some((name) => faultOf(RANGES[name], shownOf(name, gates)) !== null);
}
