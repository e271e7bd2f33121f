import { useRef, useState } from "react";
import { changePreferences, usePreferences } from "@/features/preferences/usePreferences";
import { load, save } from "@/lib/storage";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import styles from "./BreakReminder.module.css";
import { useActiveTime } from "./useActiveTime";

const WORKED = "tiebreak.worked";
/** So long without a sign of life is a break, reminded or not. */
const BREAK_MS = 5 * 60_000;
const SAVE_EVERY_MS = 10_000;

interface Worked {
  ms: number;
  at: number;
}

/** One quiet line after so many minutes of work; it takes no focus and stops nothing. */
export function BreakReminder() {
  const { t } = useText();
  const minutes = usePreferences().break_minutes ?? 0;
  const worked = useRef(workedBefore());
  const saved = useRef(0);
  const [due, setDue] = useState(false);

  const write = (ms: number) => {
    worked.current = { ms, at: Date.now() };
    saved.current = Date.now();
    save(WORKED, worked.current);
  };
  useActiveTime(0, (ms) => {
    const before = worked.current;
    const rested = Date.now() - before.at > BREAK_MS;
    worked.current = { ms: (rested ? 0 : before.ms) + ms, at: Date.now() };
    if (Date.now() - saved.current > SAVE_EVERY_MS) write(worked.current.ms);
    setDue(minutes > 0 && worked.current.ms >= minutes * 60_000);
  });

  if (!due || minutes === 0) return null;
  const dismiss = () => {
    write(0);
    setDue(false);
  };
  return (
    <aside className={styles.reminder} aria-label={t("break.title")}>
      <p role="status">{t("break.due", { count: minutes })}</p>
      <div>
        <Button kind="quiet" onClick={() => changePreferences({ break_minutes: 0 })}>
          {t("break.never")}
        </Button>
        <Button onClick={dismiss}>{t("break.dismiss")}</Button>
      </div>
    </aside>
  );
}

function workedBefore(): Worked {
  const kept = load(WORKED) as Partial<Worked> | null | undefined;
  const { ms, at } = { ms: 0, at: 0, ...kept };
  return Date.now() - at < BREAK_MS && ms >= 0 ? { ms, at } : { ms: 0, at: Date.now() };
}
