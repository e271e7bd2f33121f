/**
 * Everything a labeler can do, as one list: the key, the words and where it applies. Keyboard, buttons,
 * the menu and the list of keys are all drawn from it, so they cannot disagree. What an action does
 * is said by the screen that is open (see ActionsProvider).
 */

import type { TextKey } from "@/lib/i18n";
import type { Screen } from "./api";

/** Where keys can mean different things: the steps, the other modes, the open list of flags. */
export type Scope =
  | "grade"
  | "tier"
  | "confirm"
  | "final"
  | "flag"
  | "duel"
  | "best_worst"
  | "drag_list"
  | "none";

export type Group = "place" | "grade" | "compare" | "answer" | "item" | "view";

export interface Action {
  id: string;
  /** Values of KeyboardEvent.key, lower case for letters; the first is shown and can be changed. */
  keys: readonly string[];
  label: TextKey;
  group: Group;
  /** Where it applies; absent: everywhere. */
  scopes?: readonly Scope[];
  /** Projects that have it; absent: all. */
  when?: (screen: Screen) => boolean;
  /** A row of digits that goes by one line in the list of keys; never changed. */
  family?: string;
  /** Holding the key down repeats it. */
  repeats?: boolean;
  /** Offered in the menu of the screen. */
  inMenu?: boolean;
}

const CARDS: readonly Scope[] = ["grade", "tier", "flag", "best_worst", "drag_list"];
const PAIRS: readonly Scope[] = ["confirm", "duel"];
/** Wherever one answer has the focus. */
const ONE: readonly Scope[] = [...CARDS, "duel"];

function digits(
  count: number,
  family: string,
  action: Omit<Action, "id" | "keys" | "family">,
): Action[] {
  return Array.from({ length: count }, (_, index) => ({
    ...action,
    id: `${family}-${index + 1}`,
    keys: [String(index + 1)],
    family,
  }));
}

export const ACTIONS: readonly Action[] = [
  ...digits(7, "grade", { label: "labeling.action.grade", group: "grade", scopes: ["grade"] }),
  {
    id: "ungrade",
    keys: ["0"],
    label: "labeling.action.ungrade",
    group: "grade",
    scopes: ["grade"],
    family: "ungrade",
  },
  {
    id: "axisUp",
    keys: ["ArrowUp"],
    label: "labeling.action.axisUp",
    group: "grade",
    scopes: ["grade"],
    when: ({ axes }) => axes.length > 1,
    repeats: true,
  },
  {
    id: "axisDown",
    keys: ["ArrowDown"],
    label: "labeling.action.axisDown",
    group: "grade",
    scopes: ["grade"],
    when: ({ axes }) => axes.length > 1,
    repeats: true,
  },
  ...digits(9, "lane", { label: "labeling.action.lane", group: "place", scopes: ["tier"] }),
  ...digits(9, "slot", { label: "labeling.action.slot", group: "place", scopes: ["drag_list"] }),
  {
    id: "tray",
    keys: ["0"],
    label: "labeling.action.tray",
    group: "place",
    scopes: ["tier", "drag_list"],
    family: "tray",
  },
  {
    id: "up",
    keys: ["ArrowUp"],
    label: "labeling.action.up",
    group: "place",
    scopes: ["tier", "drag_list"],
  },
  {
    id: "down",
    keys: ["ArrowDown"],
    label: "labeling.action.down",
    group: "place",
    scopes: ["tier", "drag_list"],
  },
  {
    id: "tie",
    keys: ["="],
    label: "labeling.action.tie",
    group: "place",
    scopes: ["tier", "drag_list"],
    when: ({ allow_ties }) => allow_ties,
  },
  {
    id: "split",
    keys: ["-"],
    label: "labeling.action.split",
    group: "place",
    scopes: ["tier"],
    when: ({ allow_ties }) => allow_ties,
  },
  {
    id: "accept",
    keys: ["a"],
    label: "labeling.action.accept",
    group: "place",
    scopes: ["tier"],
    when: ({ steps }) => steps.includes("grade"),
  },
  {
    id: "cutUp",
    keys: [","],
    label: "labeling.action.cutUp",
    group: "place",
    scopes: ["tier", "drag_list"],
    when: ({ draw_cut }) => draw_cut,
  },
  {
    id: "cutDown",
    keys: ["."],
    label: "labeling.action.cutDown",
    group: "place",
    scopes: ["tier", "drag_list"],
    when: ({ draw_cut }) => draw_cut,
  },
  { id: "unjudgeable", keys: ["m"], label: "labeling.action.unjudgeable", group: "place", scopes: ONE },
  { id: "left", keys: ["ArrowLeft"], label: "labeling.action.left", group: "compare", scopes: PAIRS },
  { id: "right", keys: ["ArrowRight"], label: "labeling.action.right", group: "compare", scopes: PAIRS },
  {
    id: "even",
    keys: ["ArrowDown"],
    label: "labeling.action.even",
    group: "compare",
    scopes: PAIRS,
    when: ({ allow_ties }) => allow_ties,
  },
  ...digits(3, "strength", { label: "labeling.action.strength", group: "compare", scopes: ["confirm"] }),
  ...digits(6, "verdict", { label: "labeling.action.verdict", group: "compare", scopes: ["duel"] }),
  {
    id: "verdict-7",
    keys: ["7"],
    label: "labeling.action.verdict",
    group: "compare",
    scopes: ["duel"],
    family: "verdict",
    when: ({ allow_ties }) => allow_ties,
  },
  ...digits(4, "pick", { label: "labeling.action.pick", group: "compare", scopes: ["best_worst"] }),
  { id: "best", keys: ["b"], label: "labeling.action.best", group: "compare", scopes: ["best_worst"] },
  { id: "worst", keys: ["d"], label: "labeling.action.worst", group: "compare", scopes: ["best_worst"] },
  {
    id: "next",
    keys: ["j", "ArrowRight"],
    label: "labeling.action.next",
    group: "answer",
    scopes: CARDS,
    repeats: true,
  },
  {
    id: "previous",
    keys: ["k", "ArrowLeft"],
    label: "labeling.action.previous",
    group: "answer",
    scopes: CARDS,
    repeats: true,
  },
  { id: "readOn", keys: [" "], label: "labeling.action.readOn", group: "answer", scopes: ONE, repeats: true },
  {
    id: "flags",
    keys: ["f"],
    label: "labeling.action.flags",
    group: "answer",
    scopes: ONE,
    when: ({ flags }) => flags.length > 0,
  },
  ...digits(9, "flag", {
    label: "labeling.action.flag",
    group: "answer",
    scopes: ["flag"],
    when: ({ flags }) => flags.length > 0,
  }),
  {
    id: "note",
    keys: ["n"],
    label: "labeling.action.note",
    group: "answer",
    scopes: ONE,
    when: ({ take_notes }) => take_notes,
  },
  {
    id: "mark",
    keys: ["h"],
    label: "labeling.action.mark",
    group: "answer",
    scopes: CARDS,
    when: ({ mark_spans }) => mark_spans,
  },
  { id: "difference", keys: ["v"], label: "labeling.action.difference", group: "answer", inMenu: true },
  { id: "other", keys: ["j", "k"], label: "labeling.action.other", group: "answer", scopes: ["duel"] },
  {
    id: "better",
    keys: ["e"],
    label: "labeling.action.better",
    group: "item",
    inMenu: true,
    when: ({ write_better }) => write_better,
  },
  { id: "submit", keys: ["Enter"], label: "labeling.action.submit", group: "item" },
  {
    id: "back",
    keys: ["Backspace"],
    label: "labeling.action.back",
    group: "item",
    when: ({ steps }) => steps.length > 0,
  },
  { id: "undo", keys: ["u"], label: "labeling.action.undo", group: "item" },
  { id: "redo", keys: ["y"], label: "labeling.action.redo", group: "item", inMenu: true },
  { id: "skip", keys: ["s"], label: "labeling.action.skip", group: "item" },
  { id: "report", keys: ["t"], label: "labeling.action.report", group: "item", inMenu: true },
  { id: "noteWhole", keys: ["w"], label: "labeling.action.noteWhole", group: "item", inMenu: true },
  { id: "prompt", keys: ["p"], label: "labeling.action.prompt", group: "view", inMenu: true },
  { id: "raw", keys: ["r"], label: "labeling.action.raw", group: "view", inMenu: true },
  { id: "columns", keys: ["c"], label: "labeling.action.columns", group: "view", inMenu: true },
  { id: "panes", keys: ["o"], label: "labeling.action.panes", group: "view", inMenu: true },
  { id: "sync", keys: ["l"], label: "labeling.action.sync", group: "view", inMenu: true },
  { id: "guidelines", keys: ["g"], label: "labeling.action.guidelines", group: "view" },
  { id: "help", keys: ["?"], label: "labeling.action.help", group: "view" },
];

/** What there is to press where nothing is ranked: beside a text that is written, and on an empty page. */
export const WHILE_WRITING: readonly string[] = ["skip", "report", "prompt", "guidelines", "help"];
export const WITHOUT_WORK: readonly string[] = ["guidelines", "help"];

export function actionById(id: string): Action {
  const found = ACTIONS.find((action) => action.id === id);
  if (!found) throw new Error(`no action ${id}`);
  return found;
}

/** What a project's screen can do, in the scopes it has. */
export function actionsOf(screen: Screen, scopes: readonly Scope[]): Action[] {
  return ACTIONS.filter(
    (action) => (action.when?.(screen) ?? true) && (action.scopes?.some((scope) => isIn(action, scope)) ?? true),
  );

  // The list of flags lies over a screen: what that has no use for is not named for its sake.
  function isIn(action: Action, scope: Scope): boolean {
    return scopes.includes(scope) && (scope !== "flag" || action.scopes?.length === 1);
  }
}
