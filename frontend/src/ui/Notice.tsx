import type { ReactNode } from "react";
import styles from "./Notice.module.css";

interface Props {
  tone: "calm" | "warn" | "bad";
  actions?: ReactNode;
  children: ReactNode;
}

/** A line that says what happened and, where there is something to do, offers it. */
export function Notice({ tone, actions, children }: Props) {
  return (
    <div className={styles.notice} data-tone={tone} role={tone === "calm" ? "status" : "alert"}>
      <p>{children}</p>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
