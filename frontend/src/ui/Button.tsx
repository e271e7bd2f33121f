import type { ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "plain" | "quiet";
  /** The key that does the same, shown beside the words. */
  hint?: string;
}

export function Button({ kind = "plain", hint, className, children, type, ...rest }: Props) {
  const names = [styles.button, styles[kind], className].filter(Boolean).join(" ");
  return (
    <button type={type ?? "button"} className={names} {...rest}>
      <span>{children}</span>
      {hint && (
        <kbd className={styles.hint} aria-hidden="true">
          {hint}
        </kbd>
      )}
    </button>
  );
}
