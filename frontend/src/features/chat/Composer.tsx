import { useEffect, useId, useRef, type KeyboardEvent } from "react";
import { Link, useLocation } from "react-router";
import { paths } from "@/config/paths";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import styles from "./Composer.module.css";
import type { Mailbox } from "./mailbox";
import { codeKey } from "./problems";

interface Props {
  mailbox: Mailbox;
  lang: string;
  /** An answer to go on with has to be chosen first. */
  blocked: boolean;
  isFirst: boolean;
  onSend: () => void;
}

const LONGEST = 20_000;

/** Where the labeler writes. Enter sends, Shift+Enter is a new line, an input method is left alone. */
export function Composer({ mailbox, lang, blocked, isFirst, onSend }: Props) {
  const { t } = useText();
  const { text, sending, delayed, signedOut, refused } = useStore(mailbox);
  const { pathname } = useLocation();
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const canSend = text.trim() !== "" && !blocked && sending === null;

  useEffect(() => {
    field.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => fit(field.current), [text]);

  const onKeyDown = (event: KeyboardEvent) => {
    // 229: the key belongs to an input method, also where `isComposing` is already false (Safari).
    if (event.key !== "Enter" || event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (canSend) onSend();
  };

  return (
    <section className={styles.composer}>
      {signedOut ? (
        <Notice tone="warn" actions={<Link to={`${paths.signIn}?next=${pathname}`}>{t("auth.signIn")}</Link>}>
          {t("chat.notSent")}
        </Notice>
      ) : (
        delayed && (
          <Notice
            tone="warn"
            actions={
              <button type="button" onClick={mailbox.retryNow}>
                {t("labeling.retryNow")}
              </button>
            }
          >
            {t("chat.notSent")}
          </Notice>
        )
      )}
      {refused !== null && <Notice tone="bad">{t(codeKey(refused))}</Notice>}
      <label htmlFor={id} className={styles.label}>
        {t(isFirst ? "chat.opening" : "chat.message")}
      </label>
      <textarea
        id={id}
        ref={field}
        className={styles.field}
        lang={lang}
        dir="auto"
        rows={2}
        maxLength={LONGEST}
        value={text}
        readOnly={sending !== null}
        aria-describedby={`${id}-hint`}
        onChange={(event) => mailbox.write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.foot}>
        <p id={`${id}-hint`} className={styles.hint}>
          {t(blocked ? "chat.choose" : sending ? "chat.sending" : "chat.sendHint")}
        </p>
        <Button kind="primary" hint="↵" disabled={!canSend} onClick={onSend}>
          {t("chat.send")}
        </Button>
      </div>
    </section>
  );
}

/** As tall as its text, within the bounds of the style sheet. */
function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}
