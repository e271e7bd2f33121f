import { useState } from "react";
import { useText } from "@/lib/i18n";
import type { Handlers } from "../ActionsProvider";
import { letterOf } from "../board";
import { acceptableOfTwo, cutOfTwo, type Acceptable } from "./acceptable";
import { Dock } from "./Dock";
import styles from "./Dock.module.css";
import { duelOf, scaleOf, stepped, tiersOfDuel, verdictOf, type Verdict } from "./duel";
import { ModeFrame } from "./ModeFrame";
import { Radios } from "./Radios";
import { Scale, verdictKey } from "./Scale";
import { useModeWork, type ModeProps } from "./useModeWork";
import { cutFrom, duelsFrom, unjudgeableFrom, type ModeContent } from "./work";

interface State {
  readonly verdict: Verdict | null;
  /** The one of the two that cannot be judged; then there is nothing to compare. */
  readonly unjudgeable: string | null;
  readonly acceptable: Acceptable | null;
}

const [LEFT, RIGHT] = ["A", "B"];

/**
 * Two answers, and which is better by how much. A key chooses and Enter hands in: the choice is the
 * whole judgment, so it is seen before it goes, and what went can be taken back for ten minutes.
 */
export default function DuelScreen(props: ModeProps) {
  const { t } = useText();
  const { completions, screen } = props.assignment;
  const order = completions.map(({ id }) => id);
  const [left = "", right = ""] = order;
  const work = useModeWork<State>(props, {
    name: "duel",
    load: (given) => {
      const verdict = verdictOf(left, right, duelsFrom(given, order)[0]);
      const unjudgeable = unjudgeableFrom(given, order)[0] ?? null;
      return { verdict, unjudgeable, acceptable: acceptableOfTwo(cutFrom(given), verdict === 0) };
    },
    content: (state) => contentOf(left, right, state),
  });
  const [focused, setFocused] = useState(left);
  const { verdict, acceptable, unjudgeable } = work.state;

  const choose = (chosen: Verdict) =>
    work.change(
      { ...work.now(), verdict: chosen, unjudgeable: null },
      { key: verdictKey(chosen), params: { letter: chosen < 0 ? LEFT! : RIGHT! } },
    );
  const step = (by: -1 | 1) => choose(stepped(work.now().verdict, by, screen.allow_ties));

  const exclude = (id: string) => {
    const now = work.now();
    const out = now.unjudgeable === id ? null : id;
    const key = out ? "modes.say.unjudgeable" : "modes.say.judgeable";
    work.change({ verdict: null, unjudgeable: out, acceptable: null }, { key, params: { letter: letterOf(work, id) } });
  };

  const handlers: Handlers = {
    ...Object.fromEntries(
      scaleOf(screen.allow_ties).map((each, index) => [`verdict-${index + 1}`, { run: () => choose(each) }]),
    ),
    left: { run: () => step(-1) },
    right: { run: () => step(1) },
    even: { run: () => choose(0) },
    other: { run: () => setFocused((now) => (now === left ? right : left)) },
    unjudgeable: { run: () => exclude(focused), pressed: unjudgeable === focused },
    undo: { run: work.undo, enabled: work.canUndo },
    submit: { run: work.submit, enabled: verdict !== null || unjudgeable !== null },
  };
  return (
    <ModeFrame
      mode={props}
      scope="duel"
      handlers={handlers}
      dock={
        <Dock work={work}>
          <Scale left={LEFT!} right={RIGHT!} verdict={verdict} allowTies={screen.allow_ties} onChoose={choose} />
          {screen.draw_cut && (
            <Radios
              label={t("modes.acceptable.ask")}
              className={styles.pills}
              optionClass={styles.pill}
              value={acceptable}
              onChoose={(chosen) => work.change({ ...work.now(), acceptable: chosen })}
              options={([2, 1, 0] as const).map((value) => ({
                value,
                words: t(`modes.acceptable.${value}`),
                content: t(`modes.acceptable.${value}`),
                disabled: verdict === null || (verdict === 0 && value === 1),
              }))}
            />
          )}
        </Dock>
      }
      work={work}
      shown={order}
      focused={focused}
      onFocus={setFocused}
      stateOf={(id) => standing(id)}
    />
  );

  function standing(id: string): string {
    if (unjudgeable === id) return t("labeling.unjudgeable");
    if (verdict === null) return t("modes.standing.open");
    if (verdict === 0) return t("modes.verdict.tie");
    return t(id === (verdict < 0 ? left : right) ? "modes.standing.better" : "modes.standing.worse");
  }
}

function contentOf(left: string, right: string, state: State): ModeContent {
  const { verdict, acceptable, unjudgeable } = state;
  if (unjudgeable !== null) {
    const tiers = [[unjudgeable === left ? right : left]];
    return { tiers, cannot_judge: [unjudgeable], direct: [], unacceptable_below: null };
  }
  if (verdict === null) return { tiers: [], cannot_judge: [], direct: [], unacceptable_below: null };
  const duel = duelOf(left, right, verdict);
  return {
    tiers: tiersOfDuel(duel),
    cannot_judge: [],
    direct: [duel],
    unacceptable_below: cutOfTwo(acceptable, duel.is_tie),
  };
}
