import { useId } from "react";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import type { Turn } from "./api";
import styles from "./ChooseReply.module.css";
import { tierOf } from "./turns";

interface Props {
  turn: Turn;
  lang: string;
  chosen: string | null;
  onChoose: (reply: string) => void;
}

/** Which answer the dialogue goes on with; the order of the cards is the order shown while ranking. */
export function ChooseReply({ turn, lang, chosen, onChoose }: Props) {
  const { t } = useText();
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>{t("chat.continueWith")}</legend>
      {turn.state === "passed" && <p className={styles.hint}>{t("chat.passed")}</p>}
      <div className={styles.cards}>
        {turn.replies.map((reply, index) => {
          const letter = String.fromCharCode(65 + index);
          const tier = tierOf(turn, reply.id);
          const label = `${name}-${index}`;
          return (
            <label key={reply.id} className={styles.card} data-chosen={reply.id === chosen}>
              <span className={styles.head}>
                <input
                  type="radio"
                  name={name}
                  checked={reply.id === chosen}
                  onChange={() => onChoose(reply.id)}
                  aria-labelledby={label}
                />
                <span id={label}>
                  {t("chat.answerNamed", { letter })}
                  {tier !== null && (
                    <span className={styles.tier}>{t("labeling.tier", { tier })}</span>
                  )}
                </span>
              </span>
              <span className={styles.text} lang={lang}>
                <ModelText text={reply.text} />
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
