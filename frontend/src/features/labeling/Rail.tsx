import {
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { placeWords } from "./announcements";
import { inPlace, letterOf, placeOf, TRAY, UNJUDGEABLE, type Board, type Place } from "./board";
import { Chip } from "./Chip";
import { CutLine } from "./CutLine";
import styles from "./Rail.module.css";
import { layOut, SLOTS } from "./railLayout";

interface Props {
  board: Board;
  focused: string;
  /** Dashed: where the grades would put what is not placed yet. */
  suggested?: Readonly<Record<string, Place>>;
  /** What a chip says beside its letter. */
  marks?: (id: string) => ReactNode;
  canDraw: boolean;
  onFocus: (id: string) => void;
  onPlace: (id: string, place: Place) => void;
  onAccept?: (ids: readonly string[]) => void;
  onCut: (cut: Place | null) => void;
  onCutBy: (by: -1 | 1) => void;
}

/**
 * The board: a tray and the tiers, best first. Chips are one flat keyed list that CSS grid puts in
 * rows, so a chip that changes its tier is moved and not made anew; rows keep their height, so
 * placing one moves no other.
 */
export function Rail(props: Props) {
  const { board, focused, suggested = {}, marks, canDraw, onFocus, onPlace } = props;
  const { t } = useText();
  const { rows, chips, end } = layOut(board, suggested);
  useDrops(board, onPlace, props.onCut);
  const letter = letterOf(board, focused);

  return (
    <div
      className={styles.rail}
      role="group"
      aria-label={t("labeling.board")}
      data-many={board.order.length > 5}
      style={{ gridTemplateColumns: `var(--names) repeat(${SLOTS}, minmax(0, 1fr))` }}
    >
      {rows.map(({ place, row, span }) => {
        const waiting = board.order.filter((id) => suggested[id] === place);
        return (
          <Lane
            key={place}
            place={place}
            row={row}
            span={span}
            empty={inPlace(board, place).length === 0}
            below={board.cut !== null && place > board.cut}
            name={laneName(place)}
            side={waiting.length > 0 ? undefined : sideName(place)}
            hint={t("labeling.putHere", { letter, lane: placeWords(t, place) })}
            onClick={() => onPlace(focused, place)}
          >
            {waiting.length > 0 && props.onAccept && (
              <button
                type="button"
                className={styles.accept}
                style={{ gridRow: row }}
                aria-label={t("labeling.acceptTier", { tier: place })}
                title={t("labeling.acceptTier", { tier: place })}
                onClick={() => props.onAccept?.(waiting)}
              >
                ✓
              </button>
            )}
          </Lane>
        );
      })}
      {board.order.map((id) => (
        <Chip
          key={id}
          id={id}
          letter={letterOf(board, id)}
          place={placeOf(board, id)}
          at={chips[id]}
          suggested={suggested[id]}
          focused={focused === id}
          onFocus={onFocus}
        >
          {marks?.(id)}
        </Chip>
      ))}
      {canDraw && (
        <CutLine
          board={board}
          row={board.cut === null ? end : (rows.find(({ place }) => place === (board.cut ?? 0) + 1)?.row ?? end)}
          onCut={props.onCut}
          onCutBy={props.onCutBy}
        />
      )}
    </div>
  );

  function laneName(place: Place): string {
    if (place === TRAY) return t("labeling.tray");
    return place === UNJUDGEABLE ? t("labeling.unjudgeable") : String(place);
  }

  function sideName(place: Place): string | undefined {
    if (place === 1) return t("labeling.best");
    return place === board.order.length ? t("labeling.worst") : undefined;
  }
}

/** What is let go over a lane: an answer lies in it; the line lies above or below it. */
function useDrops(
  board: Board,
  onPlace: Props["onPlace"],
  onCut: Props["onCut"],
): void {
  const latest = useRef({ board, onPlace, onCut });
  latest.current = { board, onPlace, onCut };
  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const now = latest.current;
          const target = location.current.dropTargets.at(-1);
          const place = target?.data.place;
          if (!target || typeof place !== "number") return;
          if (typeof source.data.completion === "string") now.onPlace(source.data.completion, place);
          if (source.data.cut !== true) return;
          const { top, height } = target.element.getBoundingClientRect();
          const isLower = location.current.input.clientY > top + height / 2;
          if (place > 0) now.onCut(isLower ? place : place - 1);
          else now.onCut(place === TRAY ? 0 : null);
        },
      }),
    [],
  );
}

interface LaneProps {
  place: Place;
  row: number;
  span: number;
  empty: boolean;
  below: boolean;
  name: string;
  side: string | undefined;
  hint: string;
  onClick: () => void;
  children: ReactNode;
}

function Lane({ place, row, span, empty, below, name, side, hint, onClick, children }: LaneProps) {
  const element = useRef<HTMLButtonElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!element.current) return undefined;
    return dropTargetForElements({
      element: element.current,
      getData: () => ({ place }),
      onDragEnter: () => setOver(true),
      onDragLeave: () => setOver(false),
      onDrop: () => setOver(false),
    });
  }, [place]);
  return (
    <>
      <button
        ref={element}
        type="button"
        className={styles.lane}
        data-kind={place > 0 ? "tier" : place === TRAY ? "tray" : "unjudgeable"}
        data-place={place}
        data-empty={empty}
        data-below={below}
        data-over={over}
        style={{ gridRow: `${row} / span ${span}` }}
        aria-label={hint}
        tabIndex={-1}
        onClick={onClick}
      >
        <span className={styles.name}>{name}</span>
        {side && <span className={styles.side}>{side}</span>}
      </button>
      {children}
    </>
  );
}
