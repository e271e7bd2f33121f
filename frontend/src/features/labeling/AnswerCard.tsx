import { draggable } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useCallback, useEffect, useRef, type ReactNode } from "react";
import { usePreferences } from "@/features/preferences/usePreferences";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import styles from "./AnswerCard.module.css";
import { underTheBars } from "./bars";
import type { ReadState } from "./reading";
import { ReadMark } from "./ReadMark";

interface Props {
  id: string;
  letter: string;
  /** Where it stands, in words. */
  state: string;
  text: string;
  lang: string;
  focused: boolean;
  read?: ReadState;
  raw: boolean;
  /** The letter can be dragged to a place. */
  canDrag?: boolean;
  onFocus: (id: string) => void;
  watch?: (id: string, text: HTMLElement | null) => void;
  /** At the right end of its head. */
  tools?: ReactNode;
  /** Beside its letter. */
  marks?: ReactNode;
  /** Below its text. */
  foot?: ReactNode;
  /** Instead of its plain text: the text with its marks. */
  children?: ReactNode;
}

/** One answer in full. It never moves: what is ordered is its letter, on the board. */
export function AnswerCard(props: Props) {
  const { id, letter, state, text, lang, focused, read, raw, onFocus, watch } = props;
  const { t } = useText();
  const { panes } = usePreferences();
  const card = useRef<HTMLElement>(null);
  const handle = useDragged(id, card, props.canDrag ?? false);
  const onText = useCallback((element: HTMLElement | null) => watch?.(id, element), [id, watch]);

  // A new item is read from the top, and what is pointed at is in sight: nothing to scroll to.
  const stay = useRef(true);
  useEffect(() => {
    if (focused && card.current) takeFocus(card.current, !stay.current);
    stay.current = false;
  }, [focused]);

  return (
    <article
      ref={card}
      className={styles.card}
      data-answer={letter}
      data-focused={focused}
      aria-label={t("labeling.answerIs", { letter, state })}
      tabIndex={focused ? 0 : -1}
      onPointerDown={() => {
        stay.current = !focused;
      }}
      onFocus={() => onFocus(id)}
      onClick={() => onFocus(id)}
    >
      <header className={styles.head}>
        <span
          ref={handle}
          className={styles.letter}
          data-drag={props.canDrag}
          title={props.canDrag ? t("labeling.dragHint") : undefined}
        >
          {letter}
        </span>
        {read && <ReadMark state={read} />}
        {props.marks}
        {props.tools && <div className={styles.tools}>{props.tools}</div>}
      </header>
      <div
        className={styles.body}
        lang={lang}
        data-scrolls={panes ? "" : undefined}
        {...(panes && { tabIndex: 0, role: "region", "aria-label": t("labeling.textOf", { letter }) })}
      >
        <div ref={onText}>
          {text.trim() === "" ? (
            <p className={styles.blank}>{t("labeling.blankAnswer")}</p>
          ) : (
            props.children || <ModelText text={text} raw={raw} />
          )}
        </div>
        {props.foot}
      </div>
    </article>
  );
}

function useDragged(id: string, card: React.RefObject<HTMLElement | null>, on: boolean) {
  const handle = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!on || !card.current || !handle.current) return undefined;
    return draggable({
      element: card.current,
      dragHandle: handle.current,
      getInitialData: () => ({ completion: id }),
    });
  }, [id, card, on]);
  return handle;
}

/** Focus without the browser's jump; scroll only when the card's head is out of sight. */
function takeFocus(card: HTMLElement, scroll: boolean): void {
  const active = document.activeElement;
  if (active instanceof HTMLElement && active.closest("dialog, textarea, input")) return;
  if (!card.contains(active)) card.focus({ preventScroll: true });
  if (!scroll) return;
  const strip = card.closest<HTMLElement>("[data-strip]");
  if (strip) {
    const [mine, frame] = [card.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (mine.left < frame.left - 1 || mine.right > frame.right + 1) {
      strip.scrollBy({ left: mine.left - frame.left });
    }
    return;
  }
  const { top } = card.getBoundingClientRect();
  const bars = underTheBars();
  if (top < bars - 1 || top > window.innerHeight - 160) {
    window.scrollBy({ top: top - bars - 12 }); // at once: keys may follow fast
  }
}
