import { useLayoutEffect, useRef, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import styles from "./Dialog.module.css";

interface Props {
  title: string;
  /** A panel comes in from the side and leaves the work beside it visible. */
  shape?: "box" | "wide" | "panel";
  /** Without it the dialog stays until what it asks for is done, and the page behind it cannot be read. */
  onClose?: () => void;
  children: ReactNode;
}

/** The browser's own modal dialog: it traps focus, closes on Escape and gives focus back. */
export function Dialog({ title, shape = "box", onClose, children }: Props) {
  const { t } = useText();
  const element = useRef<HTMLDialogElement>(null);
  // Before it leaves the page: a dialog that is not on it any more gives no focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      // The browser would choose the close button.
      (dialog.querySelector<HTMLElement>("[data-autofocus]") ?? dialog).focus();
    }
    return () => dialog?.close();
  }, []);
  // A browser closes a dialog that was asked twice to close, whatever was answered (Android's way back).
  const stay = () => {
    if (element.current?.isConnected) element.current.showModal();
  };
  return (
    <dialog
      ref={element}
      className={`${styles.dialog} ${styles[shape]} ${onClose ? "" : styles.firm}`}
      aria-label={title}
      tabIndex={-1}
      // Told at once: the close event comes later, and by then the next key may have opened another.
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={onClose ?? stay}
      // Keys pressed in a dialog are the dialog's: the page below has its own use for many of them.
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        if (event.target === element.current) onClose?.();
      }}
    >
      <div className={styles.inside}>
        <header className={styles.head}>
          <h2>{title}</h2>
          {onClose && (
            <button type="button" className={styles.close} aria-label={t("common.close")} onClick={onClose}>
              ×
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
