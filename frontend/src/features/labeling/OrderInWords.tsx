import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { acceptableTiers, letterOf, tiersOf, type Board } from "./board";
import styles from "./OrderInWords.module.css";

/** The order as it will be stored: C › A = D │ B, with the line where it was drawn. */
export function OrderInWords({ board, children }: { board: Board; children?: ReactNode }) {
  const { t } = useText();
  const tiers = tiersOf(board).map((ids) => ids.map((id) => letterOf(board, id)).join(" = "));
  const cut = acceptableTiers(board);
  const words = (
    <p className={styles.order}>
      {tiers.length === 0
        ? t("labeling.nothingPlaced")
        : tiers.map((tier, index) => (
            <span key={index} data-below={cut !== null && index >= cut}>
              {index > 0 && <span className={styles.than}>{"  ›  "}</span>}
              {tier}
            </span>
          ))}
    </p>
  );
  return children ? (
    <div className={styles.line}>
      {words}
      {children}
    </div>
  ) : (
    words
  );
}
