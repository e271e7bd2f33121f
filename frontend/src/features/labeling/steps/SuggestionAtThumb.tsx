import { useText } from "@/lib/i18n";
import { ActionButton } from "../ActionButton";
import { letterOf } from "../board";
import type { Judgment } from "../judgment";
import { suggestedPlaces } from "../suggestions";
import styles from "./SuggestionAtThumb.module.css";

/** What the grades suggest, in words: on a narrow screen the rail that shows it lies below the answers. */
export function SuggestionAtThumb({ judgment }: { judgment: Judgment }) {
  const { t } = useText();
  const { content, screen } = judgment;
  const tiers = new Map<number, string[]>();
  for (const [id, place] of Object.entries(suggestedPlaces(content, screen))) {
    tiers.set(place, [...(tiers.get(place) ?? []), letterOf(content.board, id)]);
  }
  if (tiers.size === 0) return null;
  const order = [...tiers]
    .sort(([a], [b]) => a - b)
    .map(([, letters]) => letters.sort().join(" = "))
    .join("  ›  ");
  return (
    <div className={styles.suggestion}>
      <p>{t("labeling.gradesSuggest", { order })}</p>
      <ActionButton id="accept" kind="plain">
        {t("labeling.acceptAll")}
      </ActionButton>
    </div>
  );
}
