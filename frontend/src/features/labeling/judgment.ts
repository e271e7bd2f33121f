/**
 * One judgment in the making: the order, grades, flags, notes, spans, the line and what was compared
 * head to head, with undo and redo over all of it. Pure: a state and `reduce`.
 *
 * Undo also goes back to where the change was made, so that nothing changes out of sight.
 */

import type { Span } from "@/features/text/spans";
import type { Screen } from "./api";
import {
  moveCut,
  newBoard,
  placeOf,
  put,
  shift,
  split,
  laneAbove,
  swap,
  TRAY,
  UNJUDGEABLE,
  type Board,
  type Place,
} from "./board";
import { pairToConfirm } from "./confirm";
import type { BetterAnswer } from "./modes/work";
import { suggestedPlaces } from "./suggestions";

export type Grades = Readonly<Record<string, number>>;
export type Strength = 1 | 2 | 3;
export type Step = "grade" | "tier" | "confirm" | "final";

export interface Direct {
  readonly better: string;
  readonly worse: string;
  readonly is_tie: boolean;
  readonly strength: Strength | null;
}

/** What is said: everything that undo and redo go over. */
export interface Content {
  readonly board: Board;
  readonly grades: Readonly<Record<string, Grades>>;
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly notes: Readonly<Record<string, string>>;
  readonly spans: Readonly<Record<string, readonly Span[]>>;
  readonly direct: readonly Direct[];
  readonly note: string;
  readonly better: BetterAnswer | null;
}

/** Where the labeler is. */
export interface View {
  readonly step: Step;
  readonly focused: string;
  /** The axis that digits grade. */
  readonly axis: string;
}

type Moment = View & { readonly content: Content };

export interface Judgment extends Moment {
  readonly screen: Screen;
  readonly past: readonly Moment[];
  readonly future: readonly Moment[];
  /** The text being typed: its letters are one change. */
  readonly typing: string | null;
}

export type JudgmentAction =
  | { type: "focus"; id: string }
  | { type: "focusBy"; steps: number }
  | { type: "focusAxis"; axis: string }
  | { type: "axisBy"; steps: number }
  | { type: "goTo"; step: Step }
  | { type: "place"; id: string; place: Place; advance: boolean }
  | { type: "shift"; id: string; by: -1 | 1 }
  | { type: "tieAbove"; id: string }
  | { type: "split"; id: string }
  | { type: "accept"; ids: readonly string[] }
  | { type: "moveCut"; by: -1 | 1 }
  | { type: "setCut"; cut: Place | null }
  | { type: "grade"; id: string; axis: string; grade: number | null; advance: boolean }
  | { type: "flag"; id: string; flag: string }
  | { type: "note"; id: string; text: string }
  | { type: "noteWhole"; text: string }
  | { type: "better"; better: BetterAnswer | null }
  | { type: "spans"; id: string; spans: readonly Span[] }
  | { type: "confirm"; better: string; worse: string; tie: boolean; strength: Strength | null }
  | { type: "compare"; direct: Direct }
  | { type: "undo" }
  | { type: "redo" };

const UNDONE_AT_MOST = 200;

export function emptyContent(order: readonly string[], screen: Screen): Content {
  const board = newBoard(order, screen.allow_ties);
  return { board, grades: {}, flags: {}, notes: {}, spans: {}, direct: [], note: "", better: null };
}

/** The steps of a screen, in their order. A plain project has the one, and hands in from there. */
export function stepsOf(screen: Screen): Step[] {
  const steps: Step[] = ["tier"];
  if (screen.steps.includes("grade")) steps.unshift("grade");
  if (screen.steps.includes("confirm")) steps.push("confirm");
  return steps.length > 1 ? [...steps, "final"] : steps;
}

export function newJudgment(content: Content, screen: Screen, step?: Step): Judgment {
  const { board } = content;
  const steps = stepsOf(screen);
  const first = board.order.find((id) => placeOf(board, id) === TRAY) ?? board.order[0] ?? "";
  const axis = screen.axes[0] ?? "";
  const at = step && steps.includes(step) ? step : (steps[0] ?? "tier");
  const now = { content, screen, past: [], future: [], typing: null, step: at, axis };
  return { ...now, focused: at === "grade" ? (board.order[0] ?? "") : first };
}

export function reduce(now: Judgment, action: JudgmentAction): Judgment {
  switch (action.type) {
    case "undo":
      return travel(now, "past", "future");
    case "redo":
      return travel(now, "future", "past");
    case "focus":
    case "focusBy":
    case "focusAxis":
    case "axisBy":
    case "goTo":
      return seeing(now, look(now, action));
    case "place":
    case "shift":
    case "tieAbove":
    case "split":
    case "accept":
    case "moveCut":
    case "setCut":
      return order(now, action);
    case "grade":
      return grade(now, action);
    default:
      return say(now, action);
  }
}

/** Is there nothing left to grade of this answer? */
export function isGraded(now: Judgment, id: string): boolean {
  return now.screen.axes.every((axis) => now.content.grades[id]?.[axis] !== undefined);
}

/** Answers that are judged: all but those that cannot be. */
export function judged(content: Content): string[] {
  return content.board.order.filter((id) => placeOf(content.board, id) !== UNJUDGEABLE);
}

type Look = Extract<JudgmentAction, { type: "focus" | "focusBy" | "focusAxis" | "axisBy" | "goTo" }>;
type Order = Extract<
  JudgmentAction,
  { type: "place" | "shift" | "tieAbove" | "split" | "accept" | "moveCut" | "setCut" }
>;
type Grading = Extract<JudgmentAction, { type: "grade" }>;
type Saying = Exclude<JudgmentAction, Look | Order | Grading | { type: "undo" | "redo" }>;

function look(now: Judgment, action: Look): Partial<View> {
  const { order } = now.content.board;
  switch (action.type) {
    case "focus":
      return order.includes(action.id) ? { focused: action.id } : {};
    case "focusBy":
      return { focused: around(order, now.focused, action.steps) };
    case "focusAxis":
      return now.screen.axes.includes(action.axis) ? { axis: action.axis } : {};
    case "axisBy":
      return { axis: around(now.screen.axes, now.axis, action.steps) };
    case "goTo":
      return stepsOf(now.screen).includes(action.step) ? { step: action.step, ...start(now, action.step) } : {};
  }
}

function seeing(now: Judgment, view: Partial<View>): Judgment {
  const after = { ...now, ...view };
  const same = after.step === now.step && after.focused === now.focused && after.axis === now.axis;
  return same ? now : { ...after, typing: null };
}

/** Where a step begins: at the first answer it still has something to ask about. */
function start(now: Judgment, step: Step): Partial<View> {
  const { board } = now.content;
  if (step === "grade") {
    const open = judged(now.content).find((id) => !isGraded(now, id));
    return open ? { focused: open, axis: firstOpenAxis(now, open) } : {};
  }
  if (step !== "tier") return {};
  return { focused: board.order.find((id) => placeOf(board, id) === TRAY) ?? now.focused };
}

function order(now: Judgment, action: Order): Judgment {
  const { board } = now.content;
  const moved = moveOn(now, action);
  if (moved === board) return now;
  const after = changed(now, { board: moved });
  if (action.type === "moveCut" || action.type === "setCut") return after;
  if (action.type === "accept") return { ...after, focused: nextUnplaced(moved, now.focused) };
  if (action.type !== "place" || !action.advance) return { ...after, focused: action.id };
  if (now.step === "grade") return { ...after, ...nextToGrade(after, action.id, now.axis) };
  return { ...after, focused: nextUnplaced(moved, action.id) };
}

function moveOn(now: Judgment, action: Order): Board {
  const { board } = now.content;
  switch (action.type) {
    case "place":
      return put(board, action.id, action.place);
    case "shift":
      return shift(board, action.id, action.by);
    case "tieAbove": {
      const lane = laneAbove(board, action.id);
      return lane === undefined ? board : put(board, action.id, lane);
    }
    case "split":
      return split(board, action.id);
    case "accept": {
      const suggested = suggestedPlaces(now.content, now.screen);
      return action.ids.reduce((to, id) => put(to, id, suggested[id] ?? placeOf(to, id)), board);
    }
    case "moveCut":
      return moveCut(board, action.by);
    case "setCut":
      return board.cut === action.cut ? board : { ...board, cut: action.cut };
  }
}

function grade(now: Judgment, { id, axis, grade: given, advance }: Grading): Judgment {
  const { grades } = now.content;
  if (!now.screen.axes.includes(axis) || !now.content.board.order.includes(id)) return now;
  if (given !== null && !(Number.isInteger(given) && given >= 1 && given <= 7)) return now;
  const mine: Record<string, number> = { ...grades[id] };
  if (given === null) delete mine[axis];
  else mine[axis] = given;
  const same = grades[id]?.[axis] === (given ?? undefined);
  const after = same ? now : changed(now, { grades: { ...grades, [id]: mine } });
  return { ...after, focused: id, axis, ...(advance && given !== null ? nextToGrade(after, id, axis) : {}) };
}

function say(now: Judgment, action: Saying): Judgment {
  const { content } = now;
  switch (action.type) {
    case "flag": {
      const mine = content.flags[action.id] ?? [];
      const has = mine.includes(action.flag);
      const flags = has ? mine.filter((flag) => flag !== action.flag) : [...mine, action.flag];
      return changed(now, { flags: { ...content.flags, [action.id]: flags } });
    }
    case "note":
      return typed(now, `note ${action.id}`, { notes: { ...content.notes, [action.id]: action.text } });
    case "noteWhole":
      return typed(now, "note", { note: action.text });
    case "better":
      return typed(now, "better", { better: action.better });
    case "spans":
      return changed(now, { spans: { ...content.spans, [action.id]: action.spans } });
    case "compare":
      return changed(now, { direct: withDirect(content.direct, action.direct) });
    case "confirm":
      return confirm(now, action);
  }
}

/** An answer of the confirm step: recorded as a direct comparison, and the order follows it. */
function confirm(now: Judgment, action: Extract<Saying, { type: "confirm" }>): Judgment {
  const pair = pairToConfirm(now.content, now.screen);
  const { better, worse, tie, strength } = action;
  if (!pair || ![better, worse].every((id) => id === pair.upper || id === pair.lower)) return now;
  const direct = withDirect(now.content.direct, {
    better,
    worse,
    is_tie: tie,
    strength: tie ? null : strength,
  });
  const { board } = now.content;
  const followed = tie
    ? put(board, pair.lower, placeOf(board, pair.upper))
    : better === pair.upper
      ? board
      : swap(board, better, worse);
  const after = changed(now, { direct, board: followed });
  return pairToConfirm(after.content, after.screen) ? after : { ...after, step: "final" };
}

/** Two answers are compared once: what is said last stands. */
function withDirect(direct: readonly Direct[], one: Direct): Direct[] {
  const pair = [one.better, one.worse];
  const others = direct.filter((each) => !(pair.includes(each.better) && pair.includes(each.worse)));
  return [...others, one];
}

function changed(now: Judgment, change: Partial<Content>): Judgment {
  const { content, step, focused, axis } = now;
  const past = [...now.past, { content, step, focused, axis }].slice(-UNDONE_AT_MOST);
  return { ...now, content: { ...content, ...change }, past, future: [], typing: null };
}

/** Typing is one change until something else happens. */
function typed(now: Judgment, field: string, change: Partial<Content>): Judgment {
  if (now.typing === field) return { ...now, content: { ...now.content, ...change } };
  return { ...changed(now, change), typing: field };
}

function travel(now: Judgment, from: "past" | "future", to: "past" | "future"): Judgment {
  const moment = now[from].at(-1);
  if (!moment) return now;
  const { content, step, focused, axis } = now;
  return {
    ...now,
    ...moment,
    // Redo comes to where the change was made, which is where undo left from.
    [from]: now[from].slice(0, -1),
    [to]: [...now[to], { content, step, focused, axis }],
    typing: null,
  };
}

function around(list: readonly string[], from: string, steps: number): string {
  const at = list.indexOf(from) + steps;
  return list[((at % list.length) + list.length) % list.length] ?? from;
}

function nextUnplaced(board: Board, after: string): string {
  const start = board.order.indexOf(after);
  for (let step = 1; step < board.order.length; step++) {
    const id = board.order[(start + step) % board.order.length];
    if (id !== undefined && placeOf(board, id) === TRAY) return id;
  }
  return after;
}

function firstOpenAxis(now: Judgment, id: string): string {
  return now.screen.axes.find((axis) => now.content.grades[id]?.[axis] === undefined) ?? now.axis;
}

/** The next axis of this answer, then the next answer with something left to grade. */
function nextToGrade(now: Judgment, id: string, axis: string): Partial<View> {
  const { axes } = now.screen;
  const answers = judged(now.content);
  if (answers.includes(id)) {
    const isOpen = (each: string) => now.content.grades[id]?.[each] === undefined;
    const later = axes.slice(axes.indexOf(axis) + 1).find(isOpen) ?? axes.find(isOpen);
    if (later) return { axis: later };
  }
  const { order: all } = now.content.board;
  const from = all.indexOf(id);
  const others = [...all.slice(from + 1), ...all.slice(0, from)];
  const next = others.find((each) => answers.includes(each) && !isGraded(now, each));
  return next === undefined ? {} : { focused: next, axis: firstOpenAxis(now, next) };
}
