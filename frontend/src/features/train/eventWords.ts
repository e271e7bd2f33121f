/** What an event of a run tells, in words. */

import { formatBytes, formatDuration, listOf } from "@/lib/format";
import type { Language, Text } from "@/lib/i18n";
import { inWords } from "./figures";

/** Sentences: they stand by themselves, and come first. */
const WORDS = ["message", "note"] as const;
const NAMED = [
  ...(["owner", "pause_s", "priority", "step", "resumed_from", "bytes", "since", "stops"] as const),
  ...(["code", "exit_code", "hosts"] as const),
];
// Told elsewhere on the page, or paths and checksums.
const UNTOLD = [
  ...["by", "after", "at", "output_snapshot", "output_version", "path"],
  ...["report", "manifest_sha256", "figures", "versions", "hardware", "peak_bytes"],
  ...["without_progress"],
];

type Payload = Readonly<Record<string, unknown>>;

export function eventWords(payload: Payload, t: Text, language: Language): string {
  const said = WORDS.flatMap((name) => (payload[name] ? [String(payload[name])] : []));
  const named = Object.entries(payload).flatMap(([name, value]) => {
    const isSaid = WORDS.some((each) => each === name);
    if (isSaid || UNTOLD.includes(name) || isEmpty(name, value)) return [];
    return [`${nameOf(name, t)}${t("train.eventField.colon")}${valueOf(name, value, language)}`];
  });
  return [...said, ...named].join(" · ");
}

function isEmpty(name: string, value: unknown): boolean {
  return value === null || value === undefined || value === "" || (name === "pause_s" && value === 0);
}

/** Trainers may tell things that this page does not know yet. */
function nameOf(name: string, t: Text): string {
  const known = NAMED.find((each) => each === name);
  return known ? t(`train.eventField.${known}`) : name;
}

function valueOf(name: string, value: unknown, language: Language): string {
  if (typeof value === "number" && name === "bytes") return formatBytes(value, language);
  if (typeof value === "number" && name === "pause_s") return formatDuration(value * 1000, language);
  if (Array.isArray(value) && name === "hosts") return listOf(value.map(String));
  return inWords(value, language);
}
