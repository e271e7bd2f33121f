import { useText } from "@/lib/i18n";
import styles from "./AnswerFoot.module.css";
import { flagWords } from "./names";

interface Props {
  flags: readonly string[];
  note: string;
  onUnflag: (flag: string) => void;
  onNote: () => void;
}

/** What was said about an answer, below its text. */
export function AnswerFoot({ flags, note, onUnflag, onNote }: Props) {
  const { t } = useText();
  if (flags.length === 0 && note.trim() === "") return null;
  return (
    <div className={styles.foot}>
      {flags.map((flag) => (
        <button
          key={flag}
          type="button"
          className={styles.flag}
          title={t("labeling.removeFlag")}
          aria-label={t("labeling.removeThis", { flag: flagWords(t, flag) })}
          onClick={() => onUnflag(flag)}
        >
          {flagWords(t, flag)} <span aria-hidden="true">×</span>
        </button>
      ))}
      {note.trim() !== "" && (
        <button type="button" className={styles.note} dir="auto" onClick={onNote}>
          {note}
        </button>
      )}
    </div>
  );
}
