import { useText } from "@/lib/i18n";
import type { ReadState } from "./reading";
import styles from "./ReadMark.module.css";

/** How much of an answer was seen: a ring that fills. */
export function ReadMark({ state }: { state: ReadState }) {
  const { t } = useText();
  const words = t(`labeling.read.${state}`);
  return <span className={styles.mark} data-state={state} role="img" aria-label={words} title={words} />;
}
