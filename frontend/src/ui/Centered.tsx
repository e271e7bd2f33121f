import type { ReactNode } from "react";
import styles from "./Centered.module.css";

/** One thing to say in the middle of an otherwise empty page. */
export function Centered({ children }: { children: ReactNode }) {
  return <main className={styles.centered}>{children}</main>;
}
