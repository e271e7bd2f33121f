import { useState } from "react";
import { useText } from "@/lib/i18n";
import type { Handlers } from "../ActionsProvider";
import { letterOf } from "../board";
import {
  courseOf,
  duelsOf,
  pick,
  picksFrom,
  storedDuels,
  type Course,
  type Picks,
  type Question,
  type Round,
} from "./bestWorst";
import { BestWorstTrail } from "./BestWorstTrail";
import { Dock } from "./Dock";
import styles from "./Dock.module.css";
import { ModeFrame } from "./ModeFrame";
import { Radios } from "./Radios";
import { useModeWork, type ModeProps } from "./useModeWork";
import { cutFrom, duelsFrom, unjudgeableFrom, type ModeContent } from "./work";

interface State {
  readonly order: readonly string[];
  readonly picks: Picks;
  readonly unjudgeable: readonly string[];
  readonly cut: number | null;
}

/** Nothing can be judged. */
const NO_ROUND: Round = { key: "", shown: [], asks: [] };

/**
 * The best and the worst of those on screen; of more than four in rounds. Digits answer the question
 * that is open: first the best, then the worst. Enter goes on to the next round, or hands in.
 */
export default function BestWorstScreen(props: ModeProps) {
  const { t } = useText();
  const { completions, screen } = props.assignment;
  const ids = completions.map(({ id }) => id);
  const work = useModeWork<State>(props, {
    name: "best_worst",
    mayLeave: true,
    load: (given) => {
      const unjudgeable = unjudgeableFrom(given, ids);
      const picks = picksFrom(ids, duelsFrom(given, ids), unjudgeable);
      return { order: ids, picks, unjudgeable, cut: screen.draw_cut ? cutFrom(given) : null };
    },
    content: contentOf,
  });
  const { state } = work;
  const course = courseOf(state.order, state.picks, state.unjudgeable);
  const [viewed, setViewed] = useState<string | null>(null);
  const round = course.rounds.find(({ key }) => key === viewed) ?? course.current ?? course.rounds.at(-1) ?? NO_ROUND;
  const question = openQuestion(round, state.picks);
  const [focusedId, setFocused] = useState(ids[0] ?? "");
  const focused = round.shown.includes(focusedId) ? focusedId : (round.shown[0] ?? "");
  const letter = (id: string) => letterOf(work, id);
  const answered = isAnswered(round, state.picks);
  const done = course.current === null && course.best !== null;
  const last = done && round.key === course.rounds.at(-1)?.key;

  const choose = (which: Question, id: string) => {
    const now = work.now();
    const picks = pick(now.picks, round, which, id);
    if (picks === now.picks) return;
    setFocused(id);
    setViewed(round.key); // stays until Enter, so that a slip is seen
    const taken = picks[round.key]?.[which] !== id;
    const key = taken ? "modes.say.tray" : which === "best" ? "modes.say.best" : "modes.say.worst";
    work.change({ ...now, picks }, { key, params: { letter: letter(id) } });
  };
  const onward = () => {
    if (last) return work.submit();
    const now = courseOf(work.now().order, work.now().picks, work.now().unjudgeable);
    const next = now.current ?? now.rounds.at(-1);
    setViewed(next?.key ?? null);
    setFocused(next?.shown[0] ?? "");
    if (next) work.say("modes.say.round", { number: now.rounds.indexOf(next) + 1, total: now.total });
  };
  const exclude = (id: string) => {
    const now = work.now();
    const out = now.unjudgeable.includes(id);
    const unjudgeable = out ? now.unjudgeable.filter((each) => each !== id) : [...now.unjudgeable, id];
    const key = out ? "modes.say.judgeable" : "modes.say.unjudgeable";
    work.change({ ...now, unjudgeable }, { key, params: { letter: letter(id) } });
  };
  const focusBy = (steps: number) => {
    const at = round.shown.indexOf(focused) + steps;
    setFocused(round.shown[(at + round.shown.length) % round.shown.length] ?? focused);
  };

  const handlers: Handlers = {
    ...Object.fromEntries(
      round.shown.map((id, index) => [`pick-${index + 1}`, { run: () => question && choose(question, id) }]),
    ),
    best: { run: () => choose("best", focused), enabled: round.asks.includes("best") },
    worst: { run: () => choose("worst", focused), enabled: round.asks.includes("worst") },
    unjudgeable: { run: () => exclude(focused) },
    next: { run: () => focusBy(1) },
    previous: { run: () => focusBy(-1) },
    undo: {
      run: () => {
        setViewed(null);
        work.undo();
      },
      enabled: work.canUndo,
    },
    submit: { run: onward, enabled: last || answered },
  };
  return (
    <ModeFrame
      mode={props}
      scope="best_worst"
      handlers={handlers}
      sideName={t("modes.bestWorst.rounds")}
      side={
        course.total > 1 || state.unjudgeable.length > 0 ? (
          <BestWorstTrail
            course={course}
            picks={state.picks}
            viewed={round.key}
            unjudgeable={state.unjudgeable}
            letter={letter}
            onView={(key) => {
              setViewed(key);
                      }}
            onInclude={exclude}
          />
        ) : undefined
      }
      dock={
        <Dock work={work} onward={last || course.total === 1 ? undefined : t("modes.bestWorst.onward")}>
          <div className={styles.questions}>
            {round.asks.map((which) => (
              <div key={which} className={styles.asking} data-open={question === which}>
                <span className={styles.asked}>{t(`modes.bestWorst.ask.${which}`)}</span>
                <Radios
                  label={t(`modes.bestWorst.ask.${which}`)}
                  className={styles.pills}
                  optionClass={styles.letterPill}
                  value={state.picks[round.key]?.[which] ?? null}
                  onChoose={(id) => choose(which, id)}
                  options={round.shown.map((id) => ({
                    value: id,
                    words: t("modes.answer", { letter: letter(id) }),
                    content: letter(id),
                  }))}
                />
              </div>
            ))}
          </div>
          {screen.draw_cut && done && (
            <Radios
              label={t("modes.acceptable.ask")}
              className={styles.pills}
              optionClass={styles.pill}
              value={state.cut}
              onChoose={(cut) => work.change({ ...work.now(), cut })}
              options={([2, 1, 0] as const).map((value) => ({
                value,
                words: t(`modes.bestWorst.acceptable.${value}`),
                content: t(`modes.bestWorst.acceptable.${value}`),
              }))}
            />
          )}
        </Dock>
      }
      work={work}
      shown={round.shown}
      focused={focused}
      onFocus={setFocused}
      stateOf={standing}
      marks={(id) => {
        const picked = state.picks[round.key];
        const which = picked?.best === id ? "best" : picked?.worst === id ? "worst" : null;
        return which && <span className={styles[which]}>{t(`labeling.${which}`)}</span>;
      }}
    />
  );

  function standing(id: string): string {
    const picked = state.picks[round.key];
    if (picked?.best === id) return t("labeling.best");
    return picked?.worst === id ? t("labeling.worst") : t("modes.standing.open");
  }
}

/** The question that digits answer: what is still to be said, or what was said last. */
function openQuestion(round: Round, picks: Picks): Question | undefined {
  return round.asks.find((which) => picks[round.key]?.[which] === undefined) ?? round.asks.at(-1);
}

function isAnswered(round: Round, picks: Picks): boolean {
  return round.asks.every((which) => picks[round.key]?.[which] !== undefined);
}

function contentOf({ order, picks, unjudgeable, cut }: State): ModeContent {
  const course: Course = courseOf(order, picks, unjudgeable);
  const { best, worst } = course;
  const decided = best !== null && worst !== null;
  return {
    tiers: decided ? (best === worst ? [[best]] : [[best], [worst]]) : [],
    cannot_judge: unjudgeable,
    direct: decided ? storedDuels(order, picks, unjudgeable) : duelsOf(order, picks, unjudgeable),
    unacceptable_below: cut,
  };
}
