import { Notice } from "@/ui/Notice";
import { useText } from "@/lib/i18n";
import type { Gate } from "./api";
import { inUnits } from "./figures";

/** Said beside an accuracy that is not surely above that of "the longer text wins", whether its check holds or not. */
export function OverLength({ found }: { found: Gate["over_length"] }) {
  const { t, language } = useText();
  if (!found || found.low > 0) return null;
  const say = (value: number) => inUnits("reward_gain", value, language);
  const told = { value: say(found.value), low: say(found.low), high: say(found.high) };
  return <Notice tone="warn">{t(found.value > 0 ? "rounds.perhapsLength" : "rounds.onlyLength", told)}</Notice>;
}
