import type { Language } from "@/lib/i18n";

/** A share of one in whole percent; only what is the same is called 100 %. */
export function percent(share: number, language: Language): string {
  const shown = share < 1 ? Math.min(share, 0.99) : 1;
  return shown.toLocaleString(language, { style: "percent" });
}
