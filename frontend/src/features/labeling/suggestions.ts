/**
 * What the grades would mean as an order. A suggestion is not a placement: it counts once the labeler
 * has accepted it. Pure.
 */

import type { Screen } from "./api";
import { placeOf, TRAY, UNJUDGEABLE, type Place } from "./board";
import type { Content } from "./judgment";

/** One number per answer: its grade overall, or the mean of its axes; undefined until all are given. */
export function scoreOf(content: Content, screen: Screen, id: string): number | undefined {
  const grades = content.grades[id] ?? {};
  const axes = screen.axes.includes("overall") ? ["overall"] : screen.axes;
  let sum = 0;
  for (const axis of axes) {
    const grade = grades[axis];
    if (grade === undefined) return undefined;
    sum += grade;
  }
  return axes.length > 0 ? sum / axes.length : undefined;
}

/**
 * The lane the grades speak for, for each answer that is not placed yet. Nothing is suggested before
 * every answer is graded; without ties, nothing for equal grades.
 */
export function suggestedPlaces(content: Content, screen: Screen): Readonly<Record<string, Place>> {
  if (!screen.steps.includes("grade")) return {};
  const { board } = content;
  const scores = new Map<string, number>();
  for (const id of board.order) {
    if (placeOf(board, id) === UNJUDGEABLE) continue;
    const score = scoreOf(content, screen, id);
    if (score === undefined) return {};
    scores.set(id, score);
  }
  const steps = [...new Set(scores.values())].sort((a, b) => b - a);
  const suggested: Record<string, Place> = {};
  let lane = 0;
  for (const step of steps) {
    const ids = board.order.filter((id) => scores.get(id) === step);
    lane += 1;
    if (ids.length > 1 && !board.allowTies) {
      lane += ids.length - 1; // their lanes stay free for them
      continue;
    }
    for (const id of ids) if (placeOf(board, id) === TRAY) suggested[id] = lane;
  }
  return suggested;
}

/** Answers placed above one with a better grade, each with those it was put above. */
export function mismatches(content: Content, screen: Screen): Readonly<Record<string, string[]>> {
  const { board } = content;
  const placed = board.order.filter((id) => placeOf(board, id) > 0);
  const found: Record<string, string[]> = {};
  for (const upper of placed) {
    const mine = scoreOf(content, screen, upper);
    const above = placed.filter((lower) => {
      const theirs = scoreOf(content, screen, lower);
      const isAbove = placeOf(board, upper) < placeOf(board, lower);
      return isAbove && mine !== undefined && theirs !== undefined && mine < theirs;
    });
    if (above.length > 0) found[upper] = above;
  }
  return found;
}
