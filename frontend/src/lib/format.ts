/** Numbers and times in the reader's language. */

import type { Language } from "./i18n";

export function formatTime(iso: string, language: Language): string {
  const time = new Date(iso);
  return time.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

export function formatNumber(value: number, language: Language, digits = 3): string {
  return value.toLocaleString(language, { maximumSignificantDigits: Math.max(digits, 1) });
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
