/** Numbers and times in the reader's language. */

import { currentLanguage, type Language } from "./i18n";

export function formatTime(iso: string, language: Language): string {
  const time = new Date(iso);
  return time.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** No minus before a number that rounds to zero. */
export const PLAIN_ZERO = { signDisplay: "negative" } as const;

export function formatNumber(value: number, language: Language, digits = 3): string {
  return value.toLocaleString(language, { ...PLAIN_ZERO, maximumSignificantDigits: Math.max(digits, 1) });
}

export function formatBytes(bytes: number, language: Language): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toLocaleString(language, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}

/** 83 000 ms as "1 min 23 s", 5 000 000 ms as "1 hr 23 min": two units at most, one where the second says little. */
export function formatDuration(ms: number, language: Language): string {
  const unit = (value: number, name: string) =>
    value.toLocaleString(language, { style: "unit", unit: name, unitDisplay: "short" });
  const two = (whole: number, per: number, name: string, rest: string) =>
    [unit(Math.floor(whole / per), name), whole % per > 0 && unit(whole % per, rest)].filter(Boolean).join(" ");
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return unit(seconds, "second");
  if (seconds < 600) return two(seconds, 60, "minute", "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  if (minutes < 24 * 60) return two(minutes, 60, "hour", "minute");
  return two(Math.round(minutes / 60), 24, "day", "hour");
}

/** "A, C" or "A、C": short things one after another. */
export function listOf(words: readonly string[]): string {
  return words.join(currentLanguage() === "zh-Hans" ? "、" : ", ");
}

/** The name of this device's time zone, as in Asia/Shanghai. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
