/**
 * A judgment in the two forms in which it leaves the screen: as a draft (version 2, the screen's own)
 * and as what is handed in; and back again from a draft or from a judgment that was reopened.
 */

import type { Span } from "@/features/text/spans";
import type { Assignment, RankingBody, Screen } from "./api";
import {
  acceptableTiers,
  inPlace,
  newBoard,
  placeOf,
  placesOfTiers,
  tiersOf,
  TRAY,
  UNJUDGEABLE,
  type Place,
  type Places,
} from "./board";
import {
  emptyContent,
  newJudgment,
  stepsOf,
  type Content,
  type Direct,
  type Grades,
  type Judgment,
  type Step,
} from "./judgment";
import { betterFrom, written } from "./modes/work";
import type { Reading } from "./reading";

export interface JudgmentDraft {
  readonly version: 2;
  readonly step: Step;
  readonly places: Places;
  readonly cut: Place | null;
  readonly grades: Content["grades"];
  readonly flags: Content["flags"];
  readonly notes: Content["notes"];
  readonly spans: Content["spans"];
  readonly direct: readonly Direct[];
  readonly note: string;
  readonly better: Content["better"];
  readonly reading: Reading;
  readonly active_ms: number;
}

export function draftOf(now: Judgment, reading: Reading, activeMs: number): JudgmentDraft {
  const { board, grades, flags, notes, spans, direct, note, better } = now.content;
  const { places, cut } = board;
  return {
    version: 2,
    step: now.step,
    places,
    cut,
    grades,
    flags,
    notes,
    spans,
    direct,
    note,
    better,
    reading,
    active_ms: activeMs,
  };
}

/** Where the work was left, or an empty judgment. What does not fit the item is left out. */
export function judgmentFrom(assignment: Assignment, payload: unknown): Judgment {
  const { screen } = assignment;
  const order = assignment.completions.map(({ id }) => id);
  const given = recordOf(payload);
  const draft = given.version === 2 ? given : fromSubmitted(given);
  const step = stepsOf(screen).find((each) => each === draft.step);
  return newJudgment(contentFrom(order, screen, draft), screen, step);
}

/** What the screen knows beside the judgment. */
export interface Beside {
  readonly answers: readonly { id: string; text: string }[];
  readonly reading: Reading;
  readonly activeMs: number;
  readonly unreadAccepted: boolean;
}

/** What is handed in. */
export function bodyOf(
  { content }: Pick<Judgment, "content">,
  { answers, reading, activeMs, unreadAccepted }: Beside,
): RankingBody {
  const { board, direct } = content;
  const isJudged = (id: string) => placeOf(board, id) !== UNJUDGEABLE;
  return {
    mode: "tiers",
    tiers: tiersOf(board),
    unplaced: inPlace(board, TRAY),
    cannot_judge: inPlace(board, UNJUDGEABLE),
    unacceptable_below: acceptableTiers(board),
    direct: direct.filter(({ better, worse }) => isJudged(better) && isJudged(worse)).map((one) => ({ ...one })),
    grades: filled(content.grades, (grades) => Object.keys(grades).length > 0, (grades) => ({ ...grades })),
    flags: filled(content.flags, (flags) => flags.length > 0, (flags) => [...flags]),
    notes: filled(content.notes, (note) => note.trim() !== "", (note) => note),
    spans: filled(content.spans, (spans) => spans.length > 0, (spans) => [...spans]),
    note: content.note.trim(),
    reading,
    unread_accepted: unreadAccepted,
    better_answer: written(content.better, answers),
    active_ms: activeMs,
  };
}

/** The content of a judgment that was handed in, in the words of a draft. */
function fromSubmitted(given: Record<string, unknown>): Record<string, unknown> {
  const { tiers, cannot_judge, unacceptable_below, better_answer } = given;
  // Tiers become lanes 1, 2, 3, so the number of acceptable tiers is the last acceptable lane.
  return { ...given, places: placesOfTiers(tiers, cannot_judge), cut: unacceptable_below, better: better_answer };
}

function contentFrom(order: string[], screen: Screen, draft: Record<string, unknown>): Content {
  const ofAnswers = <T>(value: unknown, take: (each: unknown) => T | undefined) =>
    keep(recordOf(value), order, take);
  return {
    ...emptyContent(order, screen),
    board: newBoard(
      order,
      screen.allow_ties,
      ofAnswers(draft.places, (place) => (typeof place === "number" ? place : undefined)),
      screen.draw_cut ? draft.cut : null,
    ),
    grades: ofAnswers(draft.grades, (grades): Grades => keep(recordOf(grades), screen.axes, gradeFrom)),
    flags: ofAnswers(draft.flags, (flags) =>
      Array.isArray(flags) ? screen.flags.filter((flag) => flags.includes(flag)) : undefined,
    ),
    notes: ofAnswers(draft.notes, (note) => (typeof note === "string" ? note : undefined)),
    spans: ofAnswers(draft.spans, (spans) => (Array.isArray(spans) ? spans.filter(isSpan) : undefined)),
    direct: Array.isArray(draft.direct) ? draft.direct.filter((one) => isDirect(one, order)) : [],
    note: typeof draft.note === "string" ? draft.note : "",
    better: screen.write_better ? betterFrom(draft.better, order) : null,
  };
}

function keep<T>(
  from: Record<string, unknown>,
  names: readonly string[],
  take: (value: unknown) => T | undefined,
): Record<string, T> {
  const kept: Record<string, T> = {};
  for (const name of names) {
    const value = from[name] === undefined ? undefined : take(from[name]);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function filled<T, Sent>(
  record: Readonly<Record<string, T>>,
  isThere: (value: T) => boolean,
  send: (value: T) => Sent,
): Record<string, Sent> {
  const there = Object.entries(record).filter(([, value]) => isThere(value));
  return Object.fromEntries(there.map(([id, value]) => [id, send(value)]));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function gradeFrom(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 7
    ? (value as number)
    : undefined;
}

function isSpan(value: unknown): value is Span {
  const { start, end, quote } = recordOf(value);
  return typeof start === "number" && typeof end === "number" && typeof quote === "string";
}

function isDirect(value: unknown, order: readonly string[]): value is Direct {
  const { better, worse, is_tie } = recordOf(value);
  return order.includes(String(better)) && order.includes(String(worse)) && typeof is_tie === "boolean";
}
