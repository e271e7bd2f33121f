import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import type { Course, Picks } from "./bestWorst";
import { SetAside } from "./SetAside";
import styles from "./Trail.module.css";

interface Props {
  course: Course;
  picks: Picks;
  viewed: string;
  unjudgeable: readonly string[];
  letter: (id: string) => string;
  onView: (key: string) => void;
  onInclude: (id: string) => void;
}

/** The rounds so far: each can be gone back to. */
export function BestWorstTrail(props: Props) {
  const { course, picks, viewed, unjudgeable, letter, onView, onInclude } = props;
  const { t } = useText();
  const at = course.rounds.findIndex(({ key }) => key === viewed);
  return (
    <section className={styles.trail}>
      <p className={styles.lead}>{t("modes.bestWorst.round", { number: at + 1, total: course.total })}</p>
      <progress
        className={styles.bar}
        aria-label={t("modes.bestWorst.rounds")}
        max={course.total}
        value={course.current ? course.rounds.indexOf(course.current) : course.total}
      />
      <ol className={styles.list}>
        {course.rounds.map((round, index) => (
          <li key={round.key}>
            <button
              type="button"
              className={styles.entry}
              aria-current={round.key === viewed ? "step" : undefined}
              onClick={() => onView(round.key)}
            >
              <span className={styles.number}>{index + 1}</span>
              <span>
                {round.key === "best" || round.key === "worst"
                  ? t(`modes.bestWorst.final.${round.key}`, { letters: listOf(round.shown.map(letter)) })
                  : listOf(round.shown.map(letter))}
                {said(round.key) && <span className={styles.said}>{said(round.key)}</span>}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <SetAside ids={unjudgeable} letter={letter} onInclude={onInclude} />
    </section>
  );

  function said(key: string): string {
    const picked = picks[key];
    return (["best", "worst"] as const)
      .flatMap((which) => {
        const id = picked?.[which];
        return id === undefined ? [] : [t(`modes.bestWorst.picked.${which}`, { letter: letter(id) })];
      })
      .join(" · ");
  }
}
