import type { TextKey } from "@/lib/i18n";
import { useText } from "@/lib/i18n";
import { scaleOf, type Verdict } from "./duel";
import { Radios } from "./Radios";
import styles from "./Scale.module.css";

interface Props {
  left: string;
  right: string;
  verdict: Verdict | null;
  allowTies: boolean;
  onChoose: (verdict: Verdict) => void;
}

const STRENGTHS = ["tie", "slight", "clear", "large"] as const;
/** Where there is no room for words; they grow towards the better side. */
const SIGNS: Record<Verdict, string> = {
  [-3]: "‹‹‹",
  [-2]: "‹‹",
  [-1]: "‹",
  0: "=",
  1: "›",
  2: "››",
  3: "›››",
};

/** How much better one of two is: a row of steps that lies under the two as they lie on the screen. */
export function Scale({ left, right, verdict, allowTies, onChoose }: Props) {
  const { t } = useText();
  return (
    <div className={styles.scale}>
      <div className={styles.ends} aria-hidden="true">
        <span>{t("modes.isBetter", { letter: left })}</span>
        {verdict !== null && (
          <span className={styles.said}>
            {t(verdictKey(verdict), { letter: verdict < 0 ? left : right })}
          </span>
        )}
        <span>{t("modes.isBetter", { letter: right })}</span>
      </div>
      <Radios
        label={t("modes.whichIsBetter", { left, right })}
        className={styles.steps}
        optionClass={styles.step}
        value={verdict}
        onChoose={onChoose}
        options={scaleOf(allowTies).map((step, index) => ({
          value: step,
          size: Math.abs(step),
          words: t(verdictKey(step), { letter: step < 0 ? left : right }),
          content: (
            <>
              <span className={styles.word}>{t(`modes.strength.${STRENGTHS[Math.abs(step)] ?? "tie"}`)}</span>
              <span className={styles.sign}>{SIGNS[step]}</span>
              <kbd className={styles.key} aria-hidden="true">
                {index + 1}
              </kbd>
            </>
          ),
        }))}
      />
    </div>
  );
}

/** What a verdict says, about the better one's letter. */
export function verdictKey(verdict: Verdict): TextKey {
  return `modes.verdict.${STRENGTHS[Math.abs(verdict)] ?? "tie"}`;
}
