import { useEffect, useState } from "react";
import { useText } from "@/lib/i18n";
import { waitedMs, type Conversation, type Turn } from "./api";
import styles from "./Talk.module.css";

const LONG_MS = 60_000;

interface Props {
  conversation: Conversation;
  turn: Turn;
  readAt: number;
}

/** Answers are being written: said once, with the time that has passed beside it. */
export function Waiting({ conversation, turn, readAt }: Props) {
  const { t } = useText();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const passed = waitedMs(conversation, turn) + Math.max(0, now - readAt);
  const long = passed >= LONG_MS;
  return (
    <div className={styles.waiting}>
      <span className={styles.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <p role="status">{t(long ? "chat.long" : "chat.writing")}</p>
      {/* ticking is for the eye alone */}
      <p className={styles.elapsed} aria-hidden="true">
        {t("chat.seconds", { count: Math.floor(passed / 1000) })}
      </p>
    </div>
  );
}
