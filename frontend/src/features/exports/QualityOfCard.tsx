import { Facts } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import type { Quality } from "./api";

type Line = readonly [string, string];

/** What was known of the judgments when they were frozen. */
export function QualityOfCard({ quality }: { quality: Quality }) {
  const { t, language } = useText();
  const percent = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  const number = (value: number) => value.toLocaleString(language);
  const points = (value: number) =>
    value.toLocaleString(language, { signDisplay: "exceptZero", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const { bias, control, exclusions, adjudications, deletions } = quality;
  const effects = Object.entries(bias?.effects ?? {}).map(
    ([name, { points: value, interval }]): Line => [
      t(`exports.quality.effect.${name}` as TextKey),
      t("exports.quality.points", { value: points(value), low: points(interval[0]), high: points(interval[1]) }),
    ],
  );
  const controls = (["gold", "repeats", "traps"] as const).map((name): Line => {
    const { items, share, interval } = control[name];
    const told = share === null ? t("exports.quality.noControl") : percent(share);
    const within = interval ? ` (${percent(interval[0])} – ${percent(interval[1])})` : "";
    return [t(`exports.quality.control.${name}`), `${told}${within}${items > 0 ? ` · n = ${number(items)}` : ""}`];
  });
  const groups = [...(exclusions.qualification ? (["unqualified"] as const) : []), ...(["alarmed", "either"] as const)];
  const dropped = groups.map((name): Line => {
    const { labelers, rankings } = exclusions[name];
    const share = exclusions.rankings === 0 ? "–" : percent(rankings / exclusions.rankings);
    return [
      t(`exports.quality.group.${name}`),
      t("exports.quality.dropped", { labelers: number(labelers), rankings: number(rankings), share }),
    ];
  });
  return (
    <>
      <p className="muted">
        {bias
          ? t("exports.quality.biasAt", { time: formatTime(bias.at, language), number: number(bias.judgments) })
          : t("exports.quality.noBias")}
      </p>
      <Facts
        rows={[
          ...effects,
          ...controls,
          ...dropped,
          [t("exports.quality.adjudications"), number(adjudications.items)],
          [
            t("exports.quality.deleted"),
            t("exports.quality.deletedWith", {
              people: number(deletions.withdrawn.people),
              rankings: number(deletions.withdrawn.rankings),
            }),
          ],
          [t("exports.quality.deletedKept"), number(deletions.kept_under_pseudonym)],
        ]}
      />
    </>
  );
}
