import { useEffect, useRef } from "react";
import { useText } from "@/lib/i18n";
import styles from "./AnswerTools.module.css";
import { flagWords } from "./names";

interface Props {
  letter: string;
  flags: readonly string[];
  set: readonly string[];
  open: boolean;
  reachable: boolean;
  hasNote: boolean;
  onOpen: (open: boolean) => void;
  onFlag: (flag: string) => void;
  onNote?: (() => void) | undefined;
}

/** Flags and the note of one answer, behind two small buttons at its head. */
export function AnswerTools(props: Props) {
  const { letter, flags, set, open, reachable, hasNote, onOpen, onFlag, onNote } = props;
  const { t } = useText();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && !menu.current?.contains(event.target)) onOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open, onOpen]);
  return (
    <div className={styles.tools} ref={menu}>
      {flags.length > 0 && (
        <button
          type="button"
          className={styles.tool}
          data-on={set.length > 0}
          aria-expanded={open}
          aria-label={t("labeling.flagAnswer", { letter })}
          title={t("labeling.flagAnswer", { letter })}
          tabIndex={reachable ? 0 : -1}
          onClick={() => onOpen(!open)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 14V2.5h8l-2 3 2 3H4" />
          </svg>
        </button>
      )}
      {onNote && (
        <button
          type="button"
          className={styles.tool}
          data-on={hasNote}
          aria-label={t("labeling.noteOn", { letter })}
          title={t("labeling.noteOn", { letter })}
          tabIndex={reachable ? 0 : -1}
          onClick={onNote}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 3h10v7l-3 3H3zM10 13v-3h3M5.5 6h5M5.5 8.5h3" />
          </svg>
        </button>
      )}
      {open && (
        <div className={styles.menu} role="group" aria-label={t("labeling.flagAnswer", { letter })}>
          {flags.map((flag, index) => (
            <button
              key={flag}
              type="button"
              role="checkbox"
              aria-checked={set.includes(flag)}
              onClick={() => onFlag(flag)}
            >
              <span className={styles.box} aria-hidden="true" />
              <span>{flagWords(t, flag)}</span>
              {index < 9 && <kbd aria-hidden="true">{index + 1}</kbd>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
