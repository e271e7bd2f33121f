/** Figures in words, in the reader's language. */

import { PLAIN_ZERO } from "@/lib/format";
import { useText } from "@/lib/i18n";
import type { Ends } from "./api";

export function useFigures() {
  const { t, language } = useText();
  const number = (value: number, digits = 2) =>
    value.toLocaleString(language, { ...PLAIN_ZERO, minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (share: number | null | undefined) =>
    share == null
      ? "–"
      : share.toLocaleString(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const count = (value: number) => value.toLocaleString(language);
  const between = (ends: readonly (number | null)[] | null | undefined, say: (value: number) => string) => {
    const [low, high] = ends ?? [];
    // no width: nothing could vary, so nothing is said about how sure it is
    return low == null || high == null || low === high ? "" : t("quality.interval", { low: say(low), high: say(high) });
  };
  const points = (value: number) => number(Math.abs(value), 1);
  const signed = (value: number) =>
    value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
  return { t, language, number, percent, count, between, points, signed };
}

/** Whether an interval says anything: it does not hold zero. */
export function isClear([low, high]: Ends): boolean {
  return low > 0 || high < 0;
}
