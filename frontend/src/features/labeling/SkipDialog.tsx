import { useState, type FormEvent } from "react";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";
import { skip, SKIP_REASONS, type Assignment, type SkipReason } from "./api";
import styles from "./SkipDialog.module.css";

interface Props {
  assignment: Assignment;
  onClose: () => void;
  onSkipped: () => void;
}

/** Pass on an item and say why; digits choose the reason, Enter confirms. */
export function SkipDialog({ assignment, onClose, onSkipped }: Props) {
  const { t } = useText();
  const [reason, setReason] = useState<SkipReason | null>(null);
  const [note, setNote] = useState("");
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) return;
    setBusy(true);
    setFailed(false);
    try {
      await skip(assignment, reason, note.trim());
      onSkipped();
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };

  return (
    <Dialog title={t("labeling.skipTitle")} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => void send(event)}
        onKeyDown={(event) => {
          if (event.target instanceof HTMLTextAreaElement || event.nativeEvent.isComposing) return;
          const chosen = /^[1-6]$/.test(event.key) ? SKIP_REASONS[Number(event.key) - 1] : undefined;
          if (chosen) {
            event.preventDefault();
            setReason(chosen);
          }
        }}
      >
        <p className={styles.lead}>{t("labeling.skipLead")}</p>
        <fieldset className={styles.reasons}>
          <legend className="srOnly">{t("labeling.skipReason")}</legend>
          {SKIP_REASONS.map((name, index) => (
            <label key={name} className={styles.reason}>
              <input
                type="radio"
                name="reason"
                required
                value={name}
                checked={reason === name}
                data-autofocus={index === 0 ? "" : undefined}
                onChange={() => setReason(name)}
              />
              <span>{t(`labeling.reason.${name}`)}</span>
              <kbd aria-hidden="true">{index + 1}</kbd>
            </label>
          ))}
        </fieldset>
        <label className={styles.note}>
          <span>{t("labeling.skipNote")}</span>
          <textarea rows={2} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
        </label>
        {failed && <Notice tone="bad">{t("labeling.skipFailed")}</Notice>}
        <div className={styles.foot}>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" type="submit" disabled={busy || reason === null}>
            {t("labeling.skipConfirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
