/** Alarms of runs in words: which one, its figures, and whether the run ended over it. Pure. */

import type { Schemas } from "@/api/client";
import { inWords } from "@/features/train/figures";
import type { Text, TextParams } from "@/lib/i18n";

export type Alarm = Schemas["RunAlarm"];

const CODES = [
  ...(["kl_ceiling", "non_finite", "diverging", "over_optimised", "stop_rate"] as const),
  ...(["length", "no_spread", "entropy", "explained_variance"] as const),
  ...(["gradient_norm", "no_gradient", "held_out_worse", "overfitting", "at_chance"] as const),
];
type Code = (typeof CODES)[number] | "other";

/** Trainers may know alarms that this page does not: those are told in the trainer's own words. */
export function codeOf(alarm: Pick<Alarm, "code">): Code {
  return CODES.find((each) => each === alarm.code) ?? "other";
}

export function alarmName(t: Text, alarm: Pick<Alarm, "code">): string {
  return t(`runs.alarm.${codeOf(alarm)}.name`);
}

export function alarmFigures(alarm: Alarm, language: string): TextParams {
  const share = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
  const figures = Object.entries(alarm.figures ?? {}).map(([name, value]): [string, string] => [
    name,
    typeof value === "number" && ["stop_rate", "at_chance"].includes(alarm.code) && name !== "epochs" ? share(value) : inWords(value, language, 3),
  ]);
  return { message: alarm.message ?? "", ...Object.fromEntries(figures) };
}

/** The alarm that a run ended over, if one did. */
export function stoppedBy(run: { alarms: readonly Alarm[]; status: string }): Alarm | undefined {
  return ["succeeded", "failed"].includes(run.status) ? run.alarms.find((alarm) => alarm.stops) : undefined;
}
