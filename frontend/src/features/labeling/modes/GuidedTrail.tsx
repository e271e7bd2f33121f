import { useText } from "@/lib/i18n";
import type { Duel } from "./guided";
import { sides, type GuidedState } from "./guidedWork";
import { verdictOf } from "./duel";
import { verdictKey } from "./Scale";
import { SetAside } from "./SetAside";
import styles from "./Trail.module.css";

interface Props {
  state: GuidedState;
  toGo: number;
  correcting: Duel | null;
  letter: (id: string) => string;
  onCorrect: (duel: Duel) => void;
  onInclude: (id: string) => void;
}

/** How far it is, and the duels answered so far: each can be gone back to. */
export function GuidedTrail({ state, toGo, correcting, letter, onCorrect, onInclude }: Props) {
  const { t } = useText();
  const { duels, unjudgeable } = state;
  return (
    <section className={styles.trail}>
      <p className={styles.lead}>
        {toGo > 0 ? t("modes.guided.toGo", { count: toGo }) : t("modes.guided.allAnswered")}
      </p>
      {toGo > 0 && (
        <progress
          className={styles.bar}
          aria-label={t("modes.guided.progress")}
          max={duels.length + toGo}
          value={duels.length}
        />
      )}
      {duels.length > 0 && (
        <>
          <h2 className={styles.title}>{t("modes.guided.answered", { count: duels.length })}</h2>
          <ol className={styles.list}>
            {duels.map((duel, index) => (
              <li key={`${duel.better} ${duel.worse}`}>
                <button
                  type="button"
                  className={styles.entry}
                  aria-current={duel === correcting ? "step" : undefined}
                  aria-label={t("modes.guided.correct", { number: index + 1, said: words(duel) })}
                  onClick={() => onCorrect(duel)}
                >
                  <span className={styles.number}>{index + 1}</span>
                  <span>{words(duel)}</span>
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
      <SetAside ids={unjudgeable} letter={letter} onInclude={onInclude} />
    </section>
  );

  function words(duel: Duel): string {
    const [one, other] = sides(state, duel.better, duel.worse);
    if (duel.is_tie) return t("modes.guided.equal", { one: letter(one), other: letter(other) });
    const verdict = verdictOf(one, other, duel);
    const pair = t("modes.guided.over", { better: letter(duel.better), worse: letter(duel.worse) });
    if (verdict === null) return pair;
    const strength = verdictKey(verdict).replace("modes.verdict.", "") as "slight" | "clear" | "large";
    return t("modes.guided.withStrength", { pair, strength: t(`modes.strength.${strength}`) });
  }
}
