import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { acceptableTiers, inPlace, letterOf, tiersOf, TRAY, UNJUDGEABLE } from "../board";
import type { Judgment, JudgmentAction } from "../judgment";
import { axisWords, flagWords } from "../names";
import type { ReadState } from "../reading";
import { mismatches } from "../suggestions";
import styles from "./FinalSheet.module.css";

interface Props {
  judgment: Judgment;
  texts: Readonly<Record<string, string>>;
  lang: string;
  states: Readonly<Record<string, ReadState>>;
  dispatch: (action: JudgmentAction) => void;
}

/** Everything once more before it is handed in: the order, what was said, and what is missing. */
export function FinalSheet({ judgment, texts, lang, states, dispatch }: Props) {
  const { t } = useText();
  const { content, screen } = judgment;
  const { board } = content;
  const tiers = tiersOf(board);
  const cut = acceptableTiers(board);
  const odd = mismatches(content, screen);
  const letters = (ids: readonly string[]) => listOf(ids.map((id) => letterOf(board, id)));
  const rest = [
    { name: t("labeling.unplacedOnes"), ids: inPlace(board, TRAY) },
    { name: t("labeling.unjudgeable"), ids: inPlace(board, UNJUDGEABLE) },
    { name: t("labeling.unreadOnes"), ids: board.order.filter((id) => states[id] !== "read") },
  ].filter(({ ids }) => ids.length > 0);

  return (
    <section className={styles.sheet} data-top="" tabIndex={-1} aria-labelledby="final">
      <h2 id="final">{t("labeling.finalTitle")}</h2>
      {tiers.length === 0 && <p className={styles.none}>{t("labeling.nothingPlaced")}</p>}
      <ol className={styles.tiers}>
        {tiers.map((ids, index) => (
          <li key={ids.join()} data-below={cut !== null && index >= cut} data-first={index === cut}>
            {index === cut && <p className={styles.cut}>{t("labeling.cutShort")}</p>}
            <span className={styles.number}>{index + 1}</span>
            <ul>
              {ids.map((id) => (
                <li key={id}>
                  <button type="button" onClick={() => goTo(id)} className={styles.answer}>
                    <span className={styles.letter}>{letterOf(board, id)}</span>
                    <span className={styles.snippet} lang={lang} dir="auto">
                      {(texts[id] ?? "").trim().slice(0, 160)}
                    </span>
                  </button>
                  <p className={styles.said}>{said(id)}</p>
                  {odd[id] && (
                    <p className={styles.odd}>
                      {t("labeling.mismatch", { letter: letterOf(board, id), others: letters(odd[id] ?? []) })}
                    </p>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {rest.length > 0 && (
        <dl className={styles.rest}>
          {rest.map(({ name, ids }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{letters(ids)}</dd>
            </div>
          ))}
        </dl>
      )}
      {content.better !== null && content.better.text.trim() !== "" && (
        <p className={styles.better}>{t("labeling.betterWritten")}</p>
      )}
      <label className={styles.note}>
        <span>{t("labeling.noteOnAll")}</span>
        <textarea
          rows={3}
          maxLength={4000}
          dir="auto"
          value={content.note}
          onChange={(event) => dispatch({ type: "noteWhole", text: event.target.value })}
        />
      </label>
    </section>
  );

  function said(id: string): string {
    const grades = screen.axes.flatMap((axis) => {
      const grade = content.grades[id]?.[axis];
      return grade === undefined ? [] : [`${axisWords(t, axis)} ${grade}`];
    });
    const flags = (content.flags[id] ?? []).map((flag) => flagWords(t, flag));
    const note = content.notes[id]?.trim();
    return [...grades, ...flags, ...(note ? [`“${note}”`] : [])].join(" · ");
  }

  function goTo(id: string): void {
    dispatch({ type: "goTo", step: "tier" });
    dispatch({ type: "focus", id });
  }
}
