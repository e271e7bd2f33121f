import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { spoken, type Announcement } from "./announcements";
import styles from "./Frame.module.css";
import { Spoken } from "./Spoken";

interface Props {
  notices?: ReactNode;
  prompt: ReactNode;
  /** What is read: the answers, a pair, the summary. */
  children: ReactNode;
  /** Beside it: what is decided. */
  side: ReactNode;
  sideLabel: string;
  /** On a narrow screen the side stays at the thumb, not only its last part. */
  dock?: boolean;
  said: Announcement | null;
}

/** The frame of every judging screen: reading on the left, deciding on the right, speech for both. */
export function Frame({ notices, prompt, children, side, sideLabel, dock = false, said }: Props) {
  const { t } = useText();
  return (
    <div className={styles.screen}>
      <div className={styles.reading}>
        {notices}
        {prompt}
        {children}
      </div>
      <aside className={styles.side} data-dock={dock} aria-label={sideLabel}>
        {side}
      </aside>
      <Spoken said={said} words={said ? spoken(t, said) : ""} />
    </div>
  );
}
