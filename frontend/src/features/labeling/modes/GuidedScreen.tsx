import { useState } from "react";
import { useText } from "@/lib/i18n";
import type { Handlers } from "../ActionsProvider";
import { letterOf } from "../board";
import { Dock } from "./Dock";
import styles from "./Dock.module.css";
import { duelOf, plainDuel, scaleOf, verdictOf, type Verdict } from "./duel";
import type { Duel } from "./guided";
import {
  answered,
  contentOf,
  guidedFrom,
  lastLook,
  left as duelsToGo,
  nextPair,
  sides,
  stepBack,
  withUnjudgeable,
  type GuidedState,
} from "./guidedWork";
import { GuidedTrail } from "./GuidedTrail";
import { listHandlers } from "./listHandlers";
import { ModeFrame } from "./ModeFrame";
import { OrderEditor } from "./OrderEditor";
import { tierOf, type OrderList } from "./orderList";
import { Scale, verdictKey } from "./Scale";
import { useModeWork, type ModeProps, type Said } from "./useModeWork";

/**
 * A ranking by duels. A key answers a duel and shows the next one at once: nothing leaves the screen
 * before the last look, and every duel can be gone back to, so a slip costs one key.
 */
export default function GuidedScreen(props: ModeProps) {
  const { t } = useText();
  const { screen } = props.assignment;
  const ids = props.assignment.completions.map(({ id }) => id);
  const work = useModeWork<GuidedState>(props, {
    name: "guided",
    load: (given) => guidedFrom(ids, screen.allow_ties, given),
    content: contentOf,
  });
  const { state } = work;
  const [correcting, setCorrecting] = useState<Duel | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const letter = (id: string) => letterOf(work, id);
  const pair = correcting ? sides(state, correcting.better, correcting.worse) : nextPair(state);
  const list = pair ? null : lastLook(state);
  const ranked = list ? [...list.rows.flat().filter((id) => ids.includes(id))] : [];
  const shown = pair ?? [...ranked, ...ids.filter((id) => !ranked.includes(id))];
  const current = focused !== null && shown.includes(focused) ? focused : (shown[0] ?? "");
  const canSubmit = !pair && ranked.length > 0;

  const answer = (duel: Duel, words: Said) => {
    setCorrecting(null);
    setFocused(null);
    work.change(answered(work.now(), duel), words);
  };
  const choose = (verdict: Verdict) => {
    if (!pair) return;
    const better = letter(verdict < 0 ? pair[0] : pair[1]);
    answer(duelOf(...pair, verdict), { key: verdictKey(verdict), params: { letter: better } });
  };
  const chooseSide = (side: -1 | 1) => {
    if (!pair) return;
    const better = letter(side < 0 ? pair[0] : pair[1]);
    answer(plainDuel(...pair, side), { key: "modes.isBetter", params: { letter: better } });
  };
  const back = () => {
    setFocused(null);
    if (correcting) setCorrecting(null);
    else if (work.canUndo) work.undo();
    else work.change(stepBack(work.now()), { key: "labeling.say.undone" });
  };
  const exclude = (id: string, out: boolean) => {
    setFocused(null);
    setCorrecting(null);
    const key = out ? "modes.say.unjudgeable" : "modes.say.judgeable";
    work.change(withUnjudgeable(work.now(), id, out), { key, params: { letter: letter(id) } });
  };
  const rearrange = (changed: OrderList, words: Said | null) =>
    work.change({ ...work.now(), changed, unjudgeable: changed.unjudgeable }, words);

  const shared: Handlers = {
    undo: { run: back, enabled: correcting !== null || work.canUndo || state.duels.length > 0 },
    submit: pair ? undefined : { run: work.submit, enabled: canSubmit },
  };
  const handlers: Handlers = pair
    ? {
        ...shared,
        ...Object.fromEntries(
          scaleOf(screen.allow_ties).map((each, index) => [`verdict-${index + 1}`, { run: () => choose(each) }]),
        ),
        left: { run: () => chooseSide(-1) },
        right: { run: () => chooseSide(1) },
        even: { run: () => choose(0), enabled: screen.allow_ties },
        other: { run: () => setFocused(current === pair[0] ? pair[1] : pair[0]) },
        unjudgeable: { run: () => exclude(current, true) },
      }
    : {
        ...shared,
        ...listHandlers({
          list: () => lastLook(work.now()),
          shown,
          focused: current,
          onFocus: setFocused,
          onChange: rearrange,
          letter,
        }),
      };

  return (
    <ModeFrame
      mode={props}
      scope={pair ? "duel" : "drag_list"}
      handlers={handlers}
      sideName={t(pair ? "modes.guided.trail" : "labeling.yourOrder")}
      side={
        <>
          {list && (
            <OrderEditor
              list={list}
              focused={current}
              texts={props.assignment.completions}
              lang={props.lang}
              canDraw={screen.draw_cut}
              letter={letter}
              onFocus={setFocused}
              onChange={rearrange}
            />
          )}
          <GuidedTrail
            state={state}
            toGo={duelsToGo(state)}
            correcting={correcting}
            letter={letter}
            onCorrect={(duel) => {
              setCorrecting(duel);
              setFocused(null);
            }}
            onInclude={(id) => exclude(id, false)}
          />
        </>
      }
      dock={
        <Dock work={work} undoWords={t("modes.guided.back")}>
          {correcting && (
            <p className={styles.asked}>
              {t("modes.guided.correcting", { number: state.duels.indexOf(correcting) + 1 })}
            </p>
          )}
          {pair ? (
            <Scale
              key={pair.join()}
              left={letter(pair[0])}
              right={letter(pair[1])}
              verdict={correcting ? verdictOf(...pair, correcting) : null}
              allowTies={screen.allow_ties}
              onChoose={choose}
            />
          ) : (
            <p className={styles.asked}>{t("modes.guided.lastLook")}</p>
          )}
        </Dock>
      }
      work={work}
      shown={shown}
      focused={current}
      onFocus={setFocused}
      stateOf={(id) => {
        const place = list ? tierOf(list, id) : 0;
        return place > 0 ? t("modes.place", { place }) : t("modes.standing.open");
      }}
    />
  );
}
