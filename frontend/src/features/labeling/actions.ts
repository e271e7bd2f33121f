/**
 * Everything a labeler can do, as one list: the key, the words, when it is possible and what it does.
 * Keyboard, buttons and the help overlay are all drawn from it, so they cannot disagree.
 */

import type { TextKey } from "@/lib/i18n";
import { laneAbove, placeOf, TRAY, UNJUDGEABLE, type Board, type BoardAction } from "./board";

export interface ActionContext {
  board: Board | null;
  canSubmit: boolean;
  dispatch: (action: BoardAction) => void;
  submit: () => void;
  open: (panel: "skip" | "guidelines" | "help") => void;
  togglePrompt: () => void;
  toggleRaw: () => void;
}

export interface LabelingAction {
  id: string;
  /** Values of KeyboardEvent.key, lower case for letters; the first is the one shown. */
  keys: readonly string[];
  /** What to show instead of the first key. */
  shown?: string;
  label: TextKey;
  group: "move" | "place" | "item" | "view";
  enabled: (context: ActionContext) => boolean;
  run: (context: ActionContext) => void;
}

const onBoard = (context: ActionContext): boolean => context.board !== null;

function withBoard(effect: (board: Board, context: ActionContext) => void) {
  return (context: ActionContext): void => {
    if (context.board) effect(context.board, context);
  };
}

function focusedPlace(context: ActionContext): number {
  return context.board ? placeOf(context.board, context.board.focused) : TRAY;
}

function laneAction(lane: number): LabelingAction {
  return {
    id: `lane-${lane}`,
    keys: [String(lane)],
    label: "labeling.action.lane",
    group: "place",
    enabled: ({ board }) => board !== null && lane <= board.order.length,
    run: withBoard((board, { dispatch }) =>
      dispatch({ type: "place", id: board.focused, place: lane, advance: true }),
    ),
  };
}

export const LANE_ACTIONS: readonly LabelingAction[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(laneAction);

export const ACTIONS: readonly LabelingAction[] = [
  ...LANE_ACTIONS,
  {
    id: "tray",
    keys: ["0"],
    label: "labeling.action.tray",
    group: "place",
    enabled: (context) => onBoard(context) && focusedPlace(context) !== TRAY,
    run: withBoard((board, { dispatch }) =>
      dispatch({ type: "place", id: board.focused, place: TRAY, advance: false }),
    ),
  },
  {
    id: "unjudgeable",
    keys: ["m"],
    label: "labeling.action.unjudgeable",
    group: "place",
    enabled: (context) => onBoard(context) && focusedPlace(context) !== UNJUDGEABLE,
    run: withBoard((board, { dispatch }) =>
      dispatch({ type: "place", id: board.focused, place: UNJUDGEABLE, advance: true }),
    ),
  },
  {
    id: "up",
    keys: ["ArrowUp"],
    shown: "↑",
    label: "labeling.action.up",
    group: "place",
    enabled: (context) => focusedPlace(context) > 1,
    run: withBoard((board, { dispatch }) => dispatch({ type: "shift", id: board.focused, by: -1 })),
  },
  {
    id: "down",
    keys: ["ArrowDown"],
    shown: "↓",
    label: "labeling.action.down",
    group: "place",
    enabled: (context) =>
      focusedPlace(context) > 0 && focusedPlace(context) < (context.board?.order.length ?? 0),
    run: withBoard((board, { dispatch }) => dispatch({ type: "shift", id: board.focused, by: 1 })),
  },
  {
    id: "tie",
    keys: ["="],
    label: "labeling.action.tie",
    group: "place",
    enabled: ({ board }) => board !== null && laneAbove(board, board.focused) !== undefined,
    run: withBoard((board, { dispatch }) => dispatch({ type: "tieAbove", id: board.focused })),
  },
  {
    id: "next",
    keys: ["j", "ArrowRight"],
    shown: "J →",
    label: "labeling.action.next",
    group: "move",
    enabled: onBoard,
    run: ({ dispatch }) => dispatch({ type: "focusBy", steps: 1 }),
  },
  {
    id: "previous",
    keys: ["k", "ArrowLeft"],
    shown: "K ←",
    label: "labeling.action.previous",
    group: "move",
    enabled: onBoard,
    run: ({ dispatch }) => dispatch({ type: "focusBy", steps: -1 }),
  },
  {
    id: "undo",
    keys: ["u"],
    label: "labeling.action.undo",
    group: "item",
    enabled: ({ board }) => board !== null && board.past.length > 0,
    run: ({ dispatch }) => dispatch({ type: "undo" }),
  },
  {
    id: "submit",
    keys: ["Enter"],
    shown: "↵",
    label: "labeling.action.submit",
    group: "item",
    enabled: ({ canSubmit }) => canSubmit,
    run: ({ submit }) => submit(),
  },
  {
    id: "skip",
    keys: ["s"],
    label: "labeling.action.skip",
    group: "item",
    enabled: () => true,
    run: ({ open }) => open("skip"),
  },
  {
    id: "guidelines",
    keys: ["g"],
    label: "labeling.action.guidelines",
    group: "view",
    enabled: () => true,
    run: ({ open }) => open("guidelines"),
  },
  {
    id: "prompt",
    keys: ["p"],
    label: "labeling.action.prompt",
    group: "view",
    enabled: () => true,
    run: ({ togglePrompt }) => togglePrompt(),
  },
  {
    id: "raw",
    keys: ["r"],
    label: "labeling.action.raw",
    group: "view",
    enabled: onBoard,
    run: ({ toggleRaw }) => toggleRaw(),
  },
  {
    id: "help",
    keys: ["?"],
    label: "labeling.action.help",
    group: "view",
    enabled: () => true,
    run: ({ open }) => open("help"),
  },
];

/** The key an action goes by on the screen. */
export function shownKey(action: LabelingAction): string {
  const key = action.shown ?? action.keys[0] ?? "";
  return key.length === 1 ? key.toUpperCase() : key;
}

export function actionById(id: string): LabelingAction {
  const found = ACTIONS.find((action) => action.id === id);
  if (!found) throw new Error(`no action ${id}`);
  return found;
}

/**
 * The action a key press asks for, or undefined: while an input method composes, in a text field,
 * with a modifier, or when a focused control has its own use for the key.
 */
export function actionFor(event: KeyboardEvent): LabelingAction | undefined {
  if (event.isComposing || event.keyCode === 229) return undefined;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  if (event.target instanceof Element && hasOwnUse(event.target, event.key)) return undefined;
  const key = keyOf(event);
  return ACTIONS.find((action) => action.keys.includes(key));
}

function keyOf(event: KeyboardEvent): string {
  // On layouts where digits need Shift the bare digit key must still place.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined && !event.shiftKey) return digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

const TEXT_FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const PRESSABLE = "button, a[href], summary, [role=button]";

function hasOwnUse(target: Element, key: string): boolean {
  if (target.closest(TEXT_FIELD)) return true;
  return key === "Enter" && target.closest(PRESSABLE) !== null;
}
