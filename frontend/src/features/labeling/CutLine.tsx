import { draggable } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef } from "react";
import { useText } from "@/lib/i18n";
import { acceptableTiers, lanesOf, type Board, type Place } from "./board";
import styles from "./Rail.module.css";

interface Props {
  board: Board;
  /** The row of the grid it lies on top of. */
  row: number;
  onCut: (cut: Place | null) => void;
  onCutBy: (by: -1 | 1) => void;
}

/** "Nothing below is acceptable": a line through the order, parked below it until it is drawn. */
export function CutLine({ board, row, onCut, onCutBy }: Props) {
  const { t } = useText();
  const line = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  const drawn = board.cut !== null;
  useEffect(() => {
    if (!line.current || !handle.current) return undefined;
    return draggable({
      element: line.current,
      dragHandle: handle.current,
      getInitialData: () => ({ cut: true }),
    });
  }, []);
  const tiers = lanesOf(board).length;
  const acceptable = acceptableTiers(board);
  const words = drawn
    ? t("labeling.cutAt", { count: acceptable ?? 0 })
    : t("labeling.cutNotDrawn");
  return (
    <div className={styles.cutRow} style={{ gridRow: row }} data-drawn={drawn}>
      <div
        ref={line}
        className={styles.cut}
        role="slider"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={t("labeling.cutLine")}
        aria-valuemin={0}
        aria-valuemax={tiers + 1}
        aria-valuenow={acceptable ?? tiers + 1}
        aria-valuetext={words}
        title={t("labeling.cutHint")}
        onKeyDown={(event) => {
          const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : undefined;
          if (by !== undefined) {
            event.preventDefault();
            onCutBy(by);
          } else if (event.key === "Delete") onCut(null);
        }}
      >
        <span ref={handle} className={styles.cutWords} data-cut-handle="">{t(drawn ? "labeling.cutShort" : "labeling.cutPark")}</span>
      </div>
    </div>
  );
}
