import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import styles from "./SkipDialog.module.css";

interface Props {
  title: string;
  text: string;
  longest: number;
  onChange: (text: string) => void;
  onClose: () => void;
}

/** A note in words, kept as it is typed. */
export function NoteDialog({ title, text, longest, onChange, onClose }: Props) {
  const { t } = useText();
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={styles.form}>
        <div className={styles.note}>
          <textarea
            rows={5}
            maxLength={longest}
            dir="auto"
            data-autofocus=""
            aria-label={title}
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
        <div className={styles.foot}>
          <Button kind="primary" hint="Esc" onClick={onClose}>
            {t("labeling.noteDone")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
