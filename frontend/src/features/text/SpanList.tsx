import { useText } from "@/lib/i18n";
import { makeVisible } from "./characters";
import marks from "./marks.module.css";
import styles from "./MarkedText.module.css";
import { shortened } from "./SpanEditor";
import { colourOf, type Span } from "./spans";

interface Props {
  spans: readonly Span[];
  flags: readonly string[];
  flagName: (flag: string) => string;
  onOpen: (span: Span) => void;
  onDelete: (span: Span) => void;
}

/** The marks of an answer in words, and so their legend too. */
export function SpanList({ spans, flags, flagName, onOpen, onDelete }: Props) {
  const { t } = useText();
  if (spans.length === 0) return null;
  return (
    <ul className={styles.list} aria-label={t("text.spans.list")}>
      {spans.map((span, index) => {
        const quote = makeVisible(shortened(span.quote)).map((part) => part.text).join("");
        return (
          <li key={`${span.start} ${span.end} ${index}`}>
            <span className={marks[`mark${colourOf(span.flag, flags)}`]}>
              {span.flag === null ? t("text.spans.noFlag") : flagName(span.flag)}
            </span>
            <button type="button" className={styles.open} onClick={() => onOpen(span)}>
              <q>{quote}</q>
              {span.note && <span className={styles.said}>{span.note}</span>}
            </button>
            <button
              type="button"
              className={styles.delete}
              aria-label={t("text.spans.delete", { quote })}
              onClick={() => onDelete(span)}
            >
              ×
            </button>
          </li>
        );
      })}
    </ul>
  );
}
