import { useText } from "@/lib/i18n";
import { letterOf, tiersOf, type Board } from "./board";
import styles from "./RankingScreen.module.css";

/** The order as it will be stored: C > A = D > B. */
export function OrderInWords({ board }: { board: Board }) {
  const { t } = useText();
  const tiers = tiersOf(board).map((ids) => ids.map((id) => letterOf(board, id)).join(" = "));
  return (
    <p className={styles.order}>
      {tiers.length === 0 ? t("labeling.nothingPlaced") : tiers.join("  ›  ")}
    </p>
  );
}
