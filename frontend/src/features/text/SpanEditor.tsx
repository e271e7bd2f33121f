import { useEffect, useId, useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import marks from "./marks.module.css";
import styles from "./MarkedText.module.css";
import { colourOf, type Passage, type Span } from "./spans";
import type { Place } from "./useSpans";

interface Props {
  passage: Passage;
  place: Place;
  span: Span | undefined;
  flags: readonly string[];
  flagName: (flag: string) => string;
  /** Chosen by key: the keys go on here. After a pointer the page's own keys stay at work. */
  takesFocus: boolean;
  onSave: (flag: string | null, note: string) => void;
  onCancel: () => void;
}

const LONGEST_NOTE = 2_000;

/** What is wrong with the chosen passage: a flag, a note, or both. */
export function SpanEditor({ passage, place, span, flags, flagName, takesFocus, onSave, onCancel }: Props) {
  const { t } = useText();
  const name = useId();
  const first = useRef<HTMLInputElement>(null);
  const [flag, setFlag] = useState(span?.flag ?? null);
  const [note, setNote] = useState(span?.note ?? "");
  useEffect(() => {
    if (takesFocus) first.current?.focus();
  }, [takesFocus, passage]);
  return (
    <form
      className={styles.editor}
      style={{ top: place.bottom + 6 }}
      role="dialog"
      aria-label={t("text.spans.title")}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(flag, note.trim());
      }}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.key === "Escape") return;
        event.stopPropagation(); // letters belong to the note, not to the ranking
        if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }
      }}
    >
      <blockquote className={styles.quote}>{shortened(passage.quote)}</blockquote>
      <fieldset className={styles.flags}>
        <legend className="srOnly">{t("text.spans.flag")}</legend>
        {[...flags, null].map((each, index) => (
          <label key={each ?? ""} className={styles.flag}>
            <input
              ref={index === 0 ? first : undefined}
              type="radio"
              name={name}
              checked={flag === each}
              onChange={() => setFlag(each)}
            />
            <span className={marks[`mark${colourOf(each, flags)}`]}>
              {each === null ? t("text.spans.noFlag") : flagName(each)}
            </span>
          </label>
        ))}
      </fieldset>
      <label className={styles.note}>
        <span>{t("text.spans.note")}</span>
        <textarea rows={2} maxLength={LONGEST_NOTE} value={note} onChange={(event) => setNote(event.target.value)} />
      </label>
      <div className={styles.buttons}>
        <Button kind="primary" type="submit">
          {t("text.spans.save")}
        </Button>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}

export function shortened(quote: string): string {
  const characters = [...quote];
  return characters.length > 90 ? `${characters.slice(0, 90).join("")}…` : quote;
}
