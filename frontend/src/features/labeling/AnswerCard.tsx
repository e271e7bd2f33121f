import { draggable } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { memo, useEffect, useRef } from "react";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import styles from "./AnswerCard.module.css";
import { TRAY, UNJUDGEABLE, type Place } from "./board";

interface Props {
  id: string;
  letter: string;
  text: string;
  lang: string;
  place: Place;
  lanes: number;
  focused: boolean;
  raw: boolean;
  onFocus: (id: string) => void;
  onPlace: (id: string, place: Place) => void;
}

/** One answer in full. It never moves: what is ordered is its letter, on the board. */
export const AnswerCard = memo(function AnswerCard(props: Props) {
  const { id, letter, text, lang, place, lanes, focused, raw, onFocus, onPlace } = props;
  const { t } = useText();
  const card = useRef<HTMLElement>(null);
  const handle = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    if (!card.current || !handle.current) return undefined;
    return draggable({
      element: card.current,
      dragHandle: handle.current,
      getInitialData: () => ({ completion: id }),
    });
  }, [id]);

  const fresh = useRef(true);
  useEffect(() => {
    // A new item is read from the top: its first answer has the focus but is not scrolled to.
    if (focused && card.current) takeFocus(card.current, !fresh.current);
    fresh.current = false;
  }, [focused]);

  const state =
    place === UNJUDGEABLE
      ? t("labeling.unjudgeable")
      : place === TRAY
        ? t("labeling.unplaced")
        : t("labeling.tier", { tier: place });
  return (
    <article
      ref={card}
      className={styles.card}
      data-focused={focused}
      data-placed={place !== TRAY}
      aria-label={t("labeling.answerIs", { letter, state })}
      tabIndex={focused ? 0 : -1}
      onFocus={() => onFocus(id)}
      onClick={() => onFocus(id)}
    >
      <header className={styles.head}>
        <span ref={handle} className={styles.letter} title={t("labeling.dragHint")}>
          {letter}
        </span>
        <div className={styles.lanes} role="group" aria-label={t("labeling.placeAnswer", { letter })}>
          {Array.from({ length: lanes }, (_, index) => index + 1).map((lane) => (
            <button
              key={lane}
              type="button"
              className={styles.lane}
              aria-pressed={place === lane}
              aria-label={t("labeling.tier", { tier: lane })}
              tabIndex={focused ? 0 : -1}
              onClick={(event) => {
                event.stopPropagation();
                onPlace(id, place === lane ? TRAY : lane);
              }}
            >
              {lane}
            </button>
          ))}
          <button
            type="button"
            className={styles.lane}
            aria-pressed={place === UNJUDGEABLE}
            aria-label={t("labeling.unjudgeable")}
            title={t("labeling.unjudgeable")}
            tabIndex={focused ? 0 : -1}
            onClick={(event) => {
              event.stopPropagation();
              onPlace(id, place === UNJUDGEABLE ? TRAY : UNJUDGEABLE);
            }}
          >
            ?
          </button>
        </div>
      </header>
      <div className={styles.body} lang={lang}>
        {text.trim() === "" ? (
          <p className={styles.blank}>{t("labeling.blankAnswer")}</p>
        ) : (
          <ModelText text={text} raw={raw} />
        )}
      </div>
    </article>
  );
});

const UNDER_THE_BAR = 64;

/** Focus without the browser's jump; scroll only when the card's head is out of sight. */
function takeFocus(card: HTMLElement, scroll: boolean): void {
  const active = document.activeElement;
  if (active instanceof HTMLElement && active.closest("dialog, textarea, input")) return;
  card.focus({ preventScroll: true });
  if (!scroll) return;
  const { top } = card.getBoundingClientRect();
  if (top < UNDER_THE_BAR || top > window.innerHeight - 160) {
    window.scrollBy({ top: top - UNDER_THE_BAR - 12 }); // at once: keys may follow fast
  }
}
