import { axisWords, flagWords } from "@/features/labeling/names";
import type { Screen } from "@/features/manage/ScreenFields";
import { useText } from "@/lib/i18n";
import styles from "./wizard.module.css";

interface Props {
  screen: Screen;
  completions: number;
}

/** A small picture of the labeling screen as it is set; said in words for those who don't see it. */
export function Preview({ screen, completions }: Props) {
  const { t } = useText();
  const letters = [..."ABCDEFGHI"].slice(0, Math.min(9, Math.max(2, completions)));
  const beside = screen.mode === "duel" || screen.mode === "guided";
  const shown = beside ? letters.slice(0, 2) : letters;
  return (
    <figure className={styles.preview}>
      <figcaption>
        {t("projects.wizard.screen.preview", {
          mode: t(`manage.settings.mode.${screen.mode}`),
          count: letters.length,
        })}
      </figcaption>
      <div aria-hidden="true" className={styles.sheet}>
        <div className={styles.bar} />
        <div className={beside ? styles.pair : styles.cards}>
          {shown.map((letter) => (
            <div key={letter} className={styles.card}>
              <b>{letter}</b>
              <i />
              <i />
              <i className={styles.short} />
              {screen.steps.includes("grade") &&
                screen.axes.map((axis) => (
                  <small key={axis}>{axisWords(t, axis)} ●●●●○○○</small>
                ))}
              {screen.flags.length > 0 && <small>⚑ {flagWords(t, screen.flags[0] ?? "")}…</small>}
            </div>
          ))}
        </div>
        <div className={styles.order}>{order(screen, letters)}</div>
        {screen.draw_cut && <div className={styles.cut} />}
        {screen.write_better && <small>✎ {t("manage.settings.write_better")}</small>}
      </div>
    </figure>
  );
}

function order(screen: Screen, letters: readonly string[]): string {
  if (screen.mode === "duel" || screen.mode === "guided") return screen.allow_ties ? "A > · = · < B" : "A > · < B";
  if (screen.mode === "best_worst") return `${letters[0]} ↑   ${letters.at(-1)} ↓`;
  if (screen.mode === "tiers" && screen.allow_ties && letters.length > 2) {
    return `${letters[1]}  ›  ${letters[0]} = ${letters[2]}${letters.length > 3 ? `  ›  ${letters.slice(3).join("  ›  ")}` : ""}`;
  }
  return letters.join("  ›  ");
}
