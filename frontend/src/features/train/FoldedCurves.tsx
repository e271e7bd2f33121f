import { useState, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { OPEN_CURVES } from "./curveOrder";
import styles from "./train.module.css";

interface Props {
  /** One chart each, what matters first. */
  children: readonly ReactNode[];
  /** Of the grid that they stand in. */
  className: string | undefined;
}

/** The charts that matter, and all others on demand: drawn only once they are asked for. */
export function FoldedCurves({ children, className }: Props) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const rest = children.slice(OPEN_CURVES);
  return (
    <>
      <div className={className}>{children.slice(0, OPEN_CURVES)}</div>
      {rest.length > 0 && (
        <details className={styles.folded} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t("train.runs.moreCurves", { count: rest.length })}</summary>
          {open && <div className={className}>{rest}</div>}
        </details>
      )}
    </>
  );
}
