import type { Alarm, Figure } from "./api";
import type { useFigures } from "./words";

type Figures = ReturnType<typeof useFigures>;

/** Why an alarm was raised, in one sentence. */
export function evidenceWords(alarm: Alarm, { t, count, number, percent, between, signed }: Figures): string {
  const said = alarm.evidence;
  const value = (name: string) => Number(said[name] ?? 0);
  const judgments = count(value("judgments"));
  switch (alarm.rule) {
    case "position": {
      const first = (said["first"] ?? null) as Figure | null;
      return t("quality.evidence.position", {
        judgments,
        points: signed(first?.value ?? 0),
        ends: between(first?.interval, signed),
      });
    }
    case "straight_lining":
      return t("quality.evidence.straight_lining", {
        judgments,
        times: count(value("times")),
        chance: number(value("by_chance"), 1),
      });
    case "unreliable": {
      const ability = (said["ability"] ?? null) as Figure | null;
      return t("quality.evidence.unreliable", {
        judgments,
        ability: number(ability?.value ?? 0),
        ends: between(ability?.interval, number),
      });
    }
    case "too_fast":
      return t("quality.evidence.too_fast", { judgments, times: number(value("times_as_fast"), 1) });
    case "ties":
      return t("quality.evidence.ties", { judgments, share: percent(value("share")), usual: percent(value("usual")) });
    case "gold": {
      const share = (said["share"] ?? null) as Figure | null;
      return t("quality.evidence.gold", {
        judgments,
        share: percent(share?.value),
        ends: between(share?.interval, percent),
        bar: percent(value("bar")),
      });
    }
    case "falling":
      return t("quality.evidence.falling", { before: percent(value("before")), now: percent(value("now")) });
  }
}
