/**
 * A ranking by duels in the making: the duels answered, what cannot be judged, and the last look at
 * the order they give. Pure; the sorting itself is in `guided`.
 */

import { isBetween } from "./duel";
import { duelsLeft, progressOf, type Duel, type Progress } from "./guided";
import { cutOf, listFrom, tiersOfList, type OrderList } from "./orderList";
import { cutFrom, duelsFrom, tiersFrom, unjudgeableFrom, type Given, type ModeContent } from "./work";

export interface GuidedState {
  /** Completion ids in the order they are shown. */
  readonly order: readonly string[];
  readonly allowTies: boolean;
  readonly duels: readonly Duel[];
  readonly unjudgeable: readonly string[];
  /** The order as it was changed on the last look; null: as the duels say. */
  readonly changed: OrderList | null;
}

export function guidedFrom(order: readonly string[], allowTies: boolean, given: Given): GuidedState {
  const unjudgeable = unjudgeableFrom(given, order);
  const state = { order, allowTies, duels: duelsFrom(given, order), unjudgeable, changed: null };
  const tiers = tiersFrom(given);
  const cut = cutFrom(given);
  if (!progress(state).done || tiers.length === 0) return state;
  const kept = listFrom(state, tiers, cut, unjudgeable);
  const same = cut === null && sameTiers(tiersOfList(kept), tiersOfList(lastLook(state)));
  return same ? state : { ...state, changed: kept };
}

export function progress(state: GuidedState): Progress {
  return progressOf(judgedOf(state), state.duels);
}

/** The next two, the earlier on the screen on the left: which side an answer has is then by chance. */
export function nextPair(state: GuidedState): readonly [string, string] | null {
  const now = progress(state);
  return now.done ? null : sides(state, now.pair[0], now.pair[1]);
}

export function sides(state: GuidedState, one: string, other: string): readonly [string, string] {
  return state.order.indexOf(one) < state.order.indexOf(other) ? [one, other] : [other, one];
}

export function left(state: GuidedState): number {
  return duelsLeft(judgedOf(state), state.duels);
}

/** What was said of two before is replaced where it stands. The order follows the duels again. */
export function answered(state: GuidedState, duel: Duel): GuidedState {
  const at = state.duels.findIndex((each) => isBetween(each, duel.better, duel.worse));
  const duels = at < 0 ? [...state.duels, duel] : state.duels.with(at, duel);
  return { ...state, duels, changed: null };
}

/** One step back: an order changed by hand first, then the latest duel. */
export function stepBack(state: GuidedState): GuidedState {
  if (state.changed) return { ...state, changed: null };
  return { ...state, duels: state.duels.slice(0, -1) };
}

export function withUnjudgeable(state: GuidedState, id: string, out: boolean): GuidedState {
  const others = state.unjudgeable.filter((each) => each !== id);
  return { ...state, unjudgeable: out ? [...others, id] : others, changed: null };
}

/** The order to look at once the duels are answered. */
export function lastLook(state: GuidedState): OrderList {
  const now = progress(state);
  return state.changed ?? listFrom(state, now.done ? now.tiers : [], null, state.unjudgeable);
}

export function contentOf(state: GuidedState): ModeContent {
  const list = lastLook(state);
  return {
    tiers: tiersOfList(list),
    cannot_judge: list.unjudgeable,
    direct: state.duels,
    unacceptable_below: cutOf(list),
  };
}

function judgedOf(state: GuidedState): string[] {
  return state.order.filter((id) => !state.unjudgeable.includes(id));
}

function sameTiers(one: readonly (readonly string[])[], other: readonly (readonly string[])[]): boolean {
  const key = (tiers: readonly (readonly string[])[]) => tiers.map((tier) => [...tier].sort().join(" ")).join("|");
  return key(one) === key(other);
}
