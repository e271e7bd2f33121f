/** What each action of the list does on the ranking screen, in the step that is open. */

import type { Handler, Handlers } from "./ActionsProvider";
import { laneAbove, inPlace, lanesOf, placeOf, TRAY, UNJUDGEABLE, acceptableTiers, letterOf } from "./board";
import { pairToConfirm, type Pair } from "./confirm";
import type { Step, Strength } from "./judgment";
import { readOn } from "./readOn";
import type { Open } from "./RankingDialogs";
import { sidesOf, type Side } from "./steps/ConfirmPanel";
import { suggestedPlaces } from "./suggestions";
import type { JudgmentHandle } from "./useJudgment";

interface Given {
  work: JudgmentHandle;
  steps: readonly Step[];
  pair: Pair | undefined;
  side: Side | null;
  setSide: (side: Side | null) => void;
  flagging: boolean;
  setFlagging: (on: boolean) => void;
  setOpen: (open: Open) => void;
}

export function rankingHandlers(given: Given): Handlers {
  const { step } = given.work.judgment;
  return {
    ...common(given),
    ...(step === "grade" || step === "tier" ? onAnswers(given) : {}),
    ...(step === "grade" ? grading(given) : {}),
    ...(step === "tier" ? placing(given) : {}),
    ...(step === "confirm" ? confirming(given) : {}),
    submit: onward(given),
  };
}

function common({ work, steps, setOpen }: Given): Handlers {
  const { judgment, dispatch } = work;
  const before = steps[steps.indexOf(judgment.step) - 1];
  return {
    undo: { run: () => dispatch({ type: "undo" }), enabled: judgment.past.length > 0 },
    redo: { run: () => dispatch({ type: "redo" }), enabled: judgment.future.length > 0 },
    back: before && { run: () => dispatch({ type: "goTo", step: before }) },
    noteWhole: { run: () => setOpen({ what: "noteWhole" }) },
  };
}

/** To the next step, or out. */
function onward({ work, steps, pair, side, setSide }: Given): Handler {
  const { judgment, dispatch, handIn, canSubmit } = work;
  const { content, screen, step } = judgment;
  const nothingToConfirm = step === "tier" && pairToConfirm(content, screen) === undefined;
  const later = steps.slice(steps.indexOf(step) + 1);
  const after = later.find((each) => each !== "confirm" || !nothingToConfirm);
  if (after === undefined) return { run: handIn, enabled: canSubmit };
  if (step === "confirm" && pair && side) {
    return { run: () => record(work, pair, side, null, setSide) };
  }
  const go = () => dispatch({ type: "goTo", step: after });
  return step === "grade" ? { run: go } : { run: go, enabled: canSubmit };
}

function onAnswers({ work, flagging, setFlagging, setOpen }: Given): Handlers {
  const { judgment, dispatch } = work;
  const { focused, screen, content } = judgment;
  const place = placeOf(content.board, focused);
  const flags = screen.flags.slice(0, 9).map((flag, index): [string, Handler] => [
    `flag-${index + 1}`,
    {
      run: () => {
        dispatch({ type: "flag", id: focused, flag });
        setFlagging(false);
      },
    },
  ]);
  return {
    next: { run: () => dispatch({ type: "focusBy", steps: 1 }) },
    previous: { run: () => dispatch({ type: "focusBy", steps: -1 }) },
    readOn: {
      run: () =>
        readOn(
          content.board.order,
          (id) => letterOf(content.board, id),
          focused,
          work.reading,
          (id) => dispatch({ type: "focus", id }),
        ),
    },
    unjudgeable: {
      run: () =>
        dispatch(
          place === UNJUDGEABLE
            ? { type: "place", id: focused, place: TRAY, advance: false }
            : { type: "place", id: focused, place: UNJUDGEABLE, advance: true },
        ),
    },
    flags:
      screen.flags.length > 0 ? { run: () => setFlagging(!flagging), pressed: flagging } : undefined,
    ...(flagging ? Object.fromEntries(flags) : {}),
    note: screen.take_notes ? { run: () => setOpen({ what: "note", id: focused }) } : undefined,
  };
}

function grading({ work }: Given): Handlers {
  const { judgment, dispatch } = work;
  const { focused, axis, content } = judgment;
  const enabled = placeOf(content.board, focused) !== UNJUDGEABLE;
  const found: Record<string, Handler> = {};
  for (let grade = 1; grade <= 7; grade++) {
    found[`grade-${grade}`] = {
      run: () => dispatch({ type: "grade", id: focused, axis, grade, advance: true }),
      enabled,
    };
  }
  return {
    ...found,
    ungrade: { run: () => dispatch({ type: "grade", id: focused, axis, grade: null, advance: false }) },
    axisUp: { run: () => dispatch({ type: "axisBy", steps: -1 }) },
    axisDown: { run: () => dispatch({ type: "axisBy", steps: 1 }) },
  };
}

function placing({ work }: Given): Handlers {
  const { judgment, dispatch } = work;
  const { focused, content, screen } = judgment;
  const { board } = content;
  const place = placeOf(board, focused);
  const lanes = board.order.length;
  const suggested = Object.keys(suggestedPlaces(content, screen));
  const placed = lanesOf(board).length;
  const cut = acceptableTiers(board);
  const found: Record<string, Handler> = {};
  for (let lane = 1; lane <= lanes; lane++) {
    found[`lane-${lane}`] = {
      run: () => dispatch({ type: "place", id: focused, place: lane, advance: true }),
    };
  }
  return {
    ...found,
    tray: {
      run: () => dispatch({ type: "place", id: focused, place: TRAY, advance: false }),
      enabled: place !== TRAY,
    },
    up: { run: () => dispatch({ type: "shift", id: focused, by: -1 }), enabled: place > 1 },
    down: {
      run: () => dispatch({ type: "shift", id: focused, by: 1 }),
      enabled: place > 0 && place < lanes,
    },
    tie: board.allowTies
      ? { run: () => dispatch({ type: "tieAbove", id: focused }), enabled: laneAbove(board, focused) !== undefined }
      : undefined,
    split: board.allowTies
      ? {
          run: () => dispatch({ type: "split", id: focused }),
          enabled: place > 0 && inPlace(board, place).length > 1,
        }
      : undefined,
    accept: {
      run: () => dispatch({ type: "accept", ids: suggested }),
      enabled: suggested.length > 0,
    },
    cutUp: screen.draw_cut
      ? { run: () => dispatch({ type: "moveCut", by: -1 }), enabled: placed > 0 && cut !== 0 }
      : undefined,
    cutDown: screen.draw_cut
      ? { run: () => dispatch({ type: "moveCut", by: 1 }), enabled: cut !== null }
      : undefined,
  };
}

function confirming({ work, pair, side, setSide }: Given): Handlers {
  if (!pair) return {};
  const found: Record<string, Handler> = {};
  for (const strength of [1, 2, 3] as const) {
    found[`strength-${strength}`] = {
      run: () => side && record(work, pair, side, strength, setSide),
      enabled: side !== null,
    };
  }
  const choose = (wanted: Side): Handler => ({
    run: () => (side === wanted ? record(work, pair, side, null, setSide) : setSide(wanted)),
    pressed: side === wanted,
  });
  return {
    ...found,
    left: choose("left"),
    right: choose("right"),
    even: work.judgment.screen.allow_ties
      ? {
          run: () =>
            work.dispatch({
              type: "confirm",
              better: pair.upper,
              worse: pair.lower,
              tie: true,
              strength: null,
            }),
        }
      : undefined,
  };
}

function record(
  { judgment, dispatch }: JudgmentHandle,
  pair: Pair,
  side: Side,
  strength: Strength | null,
  setSide: (side: Side | null) => void,
): void {
  const sides = sidesOf(judgment, pair);
  const other = side === "left" ? "right" : "left";
  setSide(null);
  dispatch({ type: "confirm", better: sides[side], worse: sides[other], tie: false, strength });
}
