import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { useAction } from "../ActionsProvider";
import { letterOf, placeOf, UNJUDGEABLE } from "../board";
import { isGraded, type Judgment, type JudgmentAction } from "../judgment";
import { axisEnds, axisWords } from "../names";
import styles from "./GradePanel.module.css";

interface Props {
  judgment: Judgment;
  dispatch: (action: JudgmentAction) => void;
}

const GRADES = [1, 2, 3, 4, 5, 6, 7];

/** Grades for the answer in focus, 1 to 7 on each axis. No order is asked for yet. */
export function GradePanel({ judgment, dispatch }: Props) {
  const { t } = useText();
  const { focused, screen, content } = judgment;
  const { board } = content;
  const key = useAction("unjudgeable")?.hint;
  const letter = letterOf(board, focused);
  const unjudgeable = placeOf(board, focused) === UNJUDGEABLE;
  return (
    <div className={styles.panel}>
      <ol className={styles.answers} aria-label={t("labeling.answers")}>
        {board.order.map((id) => {
          const done = placeOf(board, id) === UNJUDGEABLE || isGraded(judgment, id);
          return (
            <li key={id}>
              <button
                type="button"
                aria-current={id === focused ? "true" : undefined}
                aria-label={t("labeling.answerIs", {
                  letter: letterOf(board, id),
                  state: gradesInWords(id),
                })}
                data-done={done}
                onClick={() => dispatch({ type: "focus", id })}
              >
                {letterOf(board, id)}
              </button>
            </li>
          );
        })}
      </ol>
      <div className={styles.axes}>
        {screen.axes.map((axis) => (
          <Axis
            key={axis}
            axis={axis}
            label={t("labeling.gradeAnswer", { letter, axis: axisWords(t, axis) })}
            grade={content.grades[focused]?.[axis]}
            current={judgment.axis === axis}
            disabled={unjudgeable}
            onGrade={(grade) => dispatch({ type: "grade", id: focused, axis, grade, advance: true })}
            onFocus={() => dispatch({ type: "focusAxis", axis })}
          />
        ))}
      </div>
      <button
        type="button"
        className={styles.unjudgeable}
        aria-pressed={unjudgeable}
        onClick={() =>
          dispatch({ type: "place", id: focused, place: unjudgeable ? 0 : UNJUDGEABLE, advance: false })
        }
      >
        {t("labeling.unjudgeable")}
        {key && <kbd aria-hidden="true">{key}</kbd>}
      </button>
    </div>
  );

  function gradesInWords(id: string): string {
    if (placeOf(board, id) === UNJUDGEABLE) return t("labeling.unjudgeable");
    const given = screen.axes.flatMap((axis) => {
      const grade = content.grades[id]?.[axis];
      return grade === undefined ? [] : [`${axisWords(t, axis)} ${grade}`];
    });
    return given.length > 0 ? listOf(given) : t("labeling.ungraded");
  }
}

interface AxisProps {
  axis: string;
  label: string;
  grade: number | undefined;
  current: boolean;
  disabled: boolean;
  onGrade: (grade: number | null) => void;
  onFocus: () => void;
}

function Axis({ axis, label, grade, current, disabled, onGrade, onFocus }: AxisProps) {
  const { t } = useText();
  const ends = axisEnds(t, axis);
  return (
    <fieldset className={styles.axis} data-current={current} disabled={disabled} onFocus={onFocus}>
      <legend>
        <button type="button" aria-label={label} aria-pressed={current} onClick={onFocus}>
          {axisWords(t, axis)}
        </button>
        <span className={styles.given}>{grade ?? ""}</span>
        <kbd aria-hidden="true">1–7</kbd>
      </legend>
      <div className={styles.scale}>
        {GRADES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={grade === each}
            aria-label={each === 1 ? `1, ${ends.low}` : each === 7 ? `7, ${ends.high}` : undefined}
            onClick={() => onGrade(grade === each ? null : each)}
          >
            {each}
          </button>
        ))}
      </div>
      <p className={styles.ends} aria-hidden="true">
        <span>{ends.low}</span>
        <span>{ends.high}</span>
      </p>
    </fieldset>
  );
}
