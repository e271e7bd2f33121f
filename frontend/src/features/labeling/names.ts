/** Words for axes and flags. Those the interface knows are translated; others stand as written. */

import type { Text } from "@/lib/i18n";

export const AXES = ["overall", "helpful", "truthful", "harmless"] as const;
export const FLAGS = [
  "hallucination",
  "ignores_instruction",
  "harmful",
  "breaks_constraint",
  "wrong_language",
  "off_topic",
  "repetitive",
  "truncated",
] as const;

export function axisWords(t: Text, axis: string): string {
  const known = AXES.find((each) => each === axis);
  return known ? t(`labeling.axis.${known}.name`) : axis;
}

/** What 1 and 7 mean on an axis. */
export function axisEnds(t: Text, axis: string): { low: string; high: string } {
  const known = AXES.find((each) => each === axis) ?? "other";
  return { low: t(`labeling.axis.${known}.low`), high: t(`labeling.axis.${known}.high`) };
}

export function flagWords(t: Text, flag: string): string {
  const known = FLAGS.find((each) => each === flag);
  return known ? t(`labeling.flag.${known}`) : flag;
}
