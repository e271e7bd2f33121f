/** What a screen reader hears after each change: a key and its values, so that it can be translated. */

import { listOf } from "@/lib/format";
import type { Text, TextKey } from "@/lib/i18n";
import { acceptableTiers, inPlace, letterOf, placedCount, placeOf, TRAY, UNJUDGEABLE, type Place } from "./board";
import type { Judgment, JudgmentAction } from "./judgment";
import { axisWords, flagWords } from "./names";

export interface Announcement {
  key: TextKey;
  params: Record<string, string | number>;
}

export function announcementFor(
  before: Judgment,
  after: Judgment,
  action: JudgmentAction,
): Announcement | null {
  const { board } = after.content;
  const letter = (id: string) => letterOf(board, id);
  if (action.type === "undo" || action.type === "redo") {
    if (before === after) return null;
    return { key: action.type === "undo" ? "labeling.say.undone" : "labeling.say.redone", params: {} };
  }
  if (action.type === "goTo" && after.step !== before.step) {
    return { key: "labeling.say.step", params: { step: after.step } };
  }
  if (after.content === before.content) return null; // a card in focus is read out by itself
  switch (action.type) {
    case "grade":
      return action.grade === null
        ? { key: "labeling.say.ungraded", params: { letter: letter(action.id), axis: action.axis } }
        : {
            key: "labeling.say.graded",
            params: { letter: letter(action.id), axis: action.axis, grade: action.grade },
          };
    case "flag": {
      const on = after.content.flags[action.id]?.includes(action.flag);
      const params = { letter: letter(action.id), flag: action.flag };
      return { key: on ? "labeling.say.flagged" : "labeling.say.unflagged", params };
    }
    case "accept": {
      const count = placedCount(board) - placedCount(before.content.board);
      return { key: "labeling.say.accepted", params: { count } };
    }
    case "moveCut":
    case "setCut": {
      const count = acceptableTiers(board);
      if (count === null) return { key: "labeling.say.noCut", params: {} };
      return { key: "labeling.say.cut", params: { count } };
    }
    case "confirm": {
      const params = { better: letter(action.better), worse: letter(action.worse) };
      return { key: action.tie ? "labeling.say.even" : "labeling.say.better", params };
    }
    case "place":
    case "shift":
    case "tieAbove":
    case "split":
      return placed(after, action.id);
    default:
      return null;
  }
}

function placed({ content: { board } }: Judgment, id: string): Announcement {
  const place = placeOf(board, id);
  const letter = letterOf(board, id);
  const tied = place > 0 ? inPlace(board, place).filter((each) => each !== id) : [];
  if (tied.length === 0) return { key: "labeling.say.placed", params: { letter, place } };
  const others = listOf(tied.map((each) => letterOf(board, each)));
  return { key: "labeling.say.tied", params: { letter, place, others } };
}

export function placeWords(t: Text, place: Place): string {
  if (place === UNJUDGEABLE) return t("labeling.unjudgeable");
  return place === TRAY ? t("labeling.unplaced") : t("labeling.tier", { tier: place });
}

/** The announcement in the language of the page. */
export function spoken(t: Text, { key, params }: Announcement): string {
  const words: Record<string, string | number> = { ...params };
  if (typeof params.place === "number") words.place = placeWords(t, params.place);
  if (typeof params.axis === "string") words.axis = axisWords(t, params.axis);
  if (typeof params.flag === "string") words.flag = flagWords(t, params.flag);
  const { step } = params;
  if (step === "grade" || step === "tier" || step === "confirm" || step === "final") {
    words.step = t(`labeling.step.${step}`);
  }
  return t(key, words);
}
