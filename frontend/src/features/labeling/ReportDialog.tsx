import { useState, type FormEvent } from "react";
import { isPassing } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";
import { report, REPORT_REASONS, type Assignment, type ReportReason } from "./api";
import styles from "./ReportDialog.module.css";

interface Props {
  assignment: Assignment;
  lang: string;
  onClose: () => void;
  onReported: () => void;
}

const PROMPT = "prompt";
const EXCERPT = 70;

/** Something here should be shown to nobody: it leaves circulation at once, somebody decides later. */
export function ReportDialog({ assignment, lang, onClose, onReported }: Props) {
  const { t } = useText();
  const [target, setTarget] = useState<string | null>(null);
  const [reason, setReason] = useState<ReportReason | null>(null);
  const [note, setNote] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const targets = [
    ...assignment.completions.map(({ id, text }, index) => ({
      id,
      name: t("report.answer", { letter: String.fromCharCode(65 + index) }),
      text,
    })),
    { id: PROMPT, name: t("labeling.prompt"), text: assignment.prompt.messages.at(-1)?.content ?? "" },
  ];

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (target === null || reason === null) return;
    setBusy(true);
    setFailure(null);
    try {
      await report(assignment, target === PROMPT ? null : target, reason, note.trim());
      onReported();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <Dialog title={t("report.title")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        <p className={styles.lead}>{t("report.lead")}</p>
        <fieldset className={styles.group}>
          <legend>{t("report.what")}</legend>
          {targets.map(({ id, name, text }, index) => (
            <label key={id}>
              <input
                type="radio"
                name="target"
                required
                checked={target === id}
                data-autofocus={index === 0 ? "" : undefined}
                onChange={() => setTarget(id)}
              />
              <span className={styles.name}>{name}</span>
              <span className={styles.excerpt} lang={lang} dir="auto">
                {text.slice(0, EXCERPT)}
              </span>
            </label>
          ))}
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t("report.why")}</legend>
          {REPORT_REASONS.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="reason"
                required
                checked={reason === name}
                onChange={() => setReason(name)}
              />
              <span>{t(`report.reason.${name}`)}</span>
            </label>
          ))}
        </fieldset>
        <label className={styles.note}>
          <span>{t("labeling.skipNote")}</span>
          <textarea rows={2} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
        </label>
        {failure !== null && (
          <Notice tone="bad">
            {isPassing(failure) ? t("labeling.skipFailed") : problemWords(t, failure)}
          </Notice>
        )}
        <div className={styles.foot}>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" type="submit" disabled={busy || target === null || reason === null}>
            {t("report.send")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
