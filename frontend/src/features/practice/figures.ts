import type { Language } from "@/lib/i18n";

/** 0.667 as "67 %". Rounded down: nobody is told a mark that they did not reach. */
export function percent(share: number, language: Language): string {
  const whole = Math.floor(share * 100 + 1e-9) / 100;
  return whole.toLocaleString(language, { style: "percent" });
}
