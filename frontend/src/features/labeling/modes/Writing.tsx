import { useEffect, useId, useState, type KeyboardEvent, type Ref } from "react";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import { charactersOf, wordsOf } from "./counting";
import styles from "./Writing.module.css";

interface Props {
  label: string;
  lang: string;
  text: string;
  onChange: (text: string) => void;
  onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  field?: Ref<HTMLTextAreaElement>;
  autoFocus?: boolean;
}

const LONGEST = 100_000;
const PREVIEW_AFTER_MS = 250;

/** A field for an answer of the labeler's own, and how it will look. Counts are allowed here. */
export function Writing({ label, lang, text, onChange, onKeyDown, field, autoFocus }: Props) {
  const { t } = useText();
  const id = useId();
  const [preview, setPreview] = useState(false);
  const settled = useSettled(text, preview);
  const words = wordsOf(text);
  return (
    <div className={styles.writing} data-preview={preview}>
      <div className={styles.head}>
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
        <button
          type="button"
          className={styles.toggle}
          aria-pressed={preview}
          onClick={() => setPreview((on) => !on)}
        >
          {t("modes.writing.preview")}
        </button>
      </div>
      <div className={styles.panes}>
        <textarea
          id={id}
          ref={field}
          className={styles.field}
          lang={lang}
          dir="auto"
          autoFocus={autoFocus}
          maxLength={LONGEST}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {preview && (
          <div className={styles.preview} lang={lang} role="region" aria-label={t("modes.writing.preview")} tabIndex={0}>
            <ModelText text={settled} />
          </div>
        )}
      </div>
      <p className={styles.count}>
        {words > 0 && <>{t("modes.writing.words", { count: words })} · </>}
        {t("labeling.characters", { count: charactersOf(text) })} · {t("labeling.autosaved")}
      </p>
    </div>
  );
}

/** The text once typing pauses: rendering every letter would cost more than reading it gains. */
function useSettled(text: string, wanted: boolean): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    if (!wanted) return undefined;
    const timer = setTimeout(() => setSettled(text), PREVIEW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, wanted]);
  return settled;
}
