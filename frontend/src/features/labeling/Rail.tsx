import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import { inPlace, letterOf, placeOf, TRAY, UNJUDGEABLE, type Board, type Place } from "./board";
import styles from "./Rail.module.css";

interface Props {
  board: Board;
  texts: Readonly<Record<string, string>>;
  lang: string;
  onFocus: (id: string) => void;
  onPlace: (id: string, place: Place) => void;
}

/**
 * The board: a tray and the tiers, best first. Chips are one flat keyed list that CSS grid puts in
 * rows, so a chip that changes its tier is moved and not made anew.
 */
export function Rail({ board, texts, lang, onFocus, onPlace }: Props) {
  const { t } = useText();
  const lanes = [TRAY, ...board.order.map((_, index) => index + 1), UNJUDGEABLE];
  const rows = layOut(board, lanes);

  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const id = source.data.completion;
          const place = location.current.dropTargets[0]?.data.place;
          if (typeof id === "string" && typeof place === "number") onPlace(id, place);
        },
      }),
    [onPlace],
  );

  const focusedLetter = letterOf(board, board.focused);
  return (
    <div
      className={styles.rail}
      role="group"
      aria-label={t("labeling.board")}
      data-many={board.order.length > 5}
    >
      {lanes.map((place) => (
        <Lane
          key={place}
          place={place}
          row={rows.lane(place)}
          span={rows.span(place)}
          empty={inPlace(board, place).length === 0}
          name={laneName(place)}
          side={sideName(place)}
          hint={t("labeling.putHere", { letter: focusedLetter, lane: laneTitle(place) })}
          onClick={() => onPlace(board.focused, place)}
        />
      ))}
      {board.order.map((id) => (
        <Chip
          key={id}
          id={id}
          letter={letterOf(board, id)}
          text={texts[id] ?? ""}
          lang={lang}
          place={placeOf(board, id)}
          row={rows.chip(id)}
          focused={board.focused === id}
          label={t("labeling.answerIs", {
            letter: letterOf(board, id),
            state: laneTitle(placeOf(board, id)),
          })}
          onClick={() => onFocus(id)}
        />
      ))}
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

  function laneTitle(place: Place): string {
    if (place === TRAY) return t("labeling.unplaced");
    return place === UNJUDGEABLE ? t("labeling.unjudgeable") : t("labeling.tier", { tier: place });
  }
}

function layOut(board: Board, lanes: readonly Place[]) {
  const starts = new Map<Place, number>();
  const spans = new Map<Place, number>();
  let next = 1;
  for (const place of lanes) {
    const span = Math.max(1, inPlace(board, place).length);
    starts.set(place, next);
    spans.set(place, span);
    next += span;
  }
  return {
    lane: (place: Place) => starts.get(place) ?? 1,
    span: (place: Place) => spans.get(place) ?? 1,
    chip: (id: string) => {
      const place = placeOf(board, id);
      return (starts.get(place) ?? 1) + inPlace(board, place).indexOf(id);
    },
  };
}

interface LaneProps {
  place: Place;
  row: number;
  span: number;
  empty: boolean;
  name: string;
  side: string | undefined;
  hint: string;
  onClick: () => void;
}

function Lane({ place, row, span, empty, name, side, hint, onClick }: LaneProps) {
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
    <button
      ref={element}
      type="button"
      className={styles.lane}
      data-kind={place > 0 ? "tier" : place === TRAY ? "tray" : "unjudgeable"}
      data-place={place}
      data-empty={empty}
      data-over={over}
      style={{ gridRow: `${row} / span ${span}` }}
      aria-label={hint}
      tabIndex={-1}
      onClick={onClick}
    >
      <span className={styles.name}>{name}</span>
      {side && <span className={styles.side}>{side}</span>}
    </button>
  );
}

interface ChipProps {
  id: string;
  letter: string;
  text: string;
  lang: string;
  place: Place;
  row: number;
  focused: boolean;
  label: string;
  onClick: () => void;
}

function Chip({ id, letter, text, lang, place, row, focused, label, onClick }: ChipProps) {
  const element = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!element.current || !handle.current) return undefined;
    return draggable({
      element: element.current,
      dragHandle: handle.current,
      getInitialData: () => ({ completion: id }),
    });
  }, [id]);
  // A chip lies over its lane, so what is dropped on it is meant for that lane.
  useEffect(() => {
    if (!element.current) return undefined;
    return dropTargetForElements({ element: element.current, getData: () => ({ place }) });
  }, [place]);
  return (
    <div
      ref={element}
      className={styles.chip}
      data-chip={letter}
      data-focused={focused}
      style={{ gridRow: row }}
    >
      <span ref={handle} className={styles.handle} aria-hidden="true" data-handle={letter}>
        ⠿
      </span>
      <button type="button" className={styles.chipButton} aria-label={label} onClick={onClick}>
        <span className={styles.letter}>{letter}</span>
        <span className={styles.snippet} lang={lang} dir="auto">
          {text.slice(0, 80)}
        </span>
      </button>
    </div>
  );
}
