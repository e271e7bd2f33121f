/**
 * What all modes of ranking keep beside their own state, and the two forms in which a judgment
 * leaves the screen. A draft uses the words of the submission, so that one reader takes both a draft
 * and a judgment that was reopened. Pure; knows nothing of React or servers.
 */

import type { RankingBody, Screen } from "../api";
import type { Duel } from "./guided";

/** What a mode has to say about the order. */
export interface ModeContent {
  readonly tiers: readonly (readonly string[])[];
  readonly cannot_judge: readonly string[];
  readonly direct: readonly Duel[];
  readonly unacceptable_below: number | null;
}

export interface BetterAnswer {
  readonly text: string;
  /** The answer it was begun from. */
  readonly based_on: string | null;
}

/** What can be said in every mode beside the order. */
export interface Remarks {
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly notes: Readonly<Record<string, string>>;
  readonly note: string;
  readonly better: BetterAnswer | null;
}

export type Given = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): Given {
  return typeof value === "object" && value !== null ? (value as Given) : {};
}

/** The duels in a draft or an earlier judgment, between answers of this item. */
export function duelsFrom(given: Given, order: readonly string[]): Duel[] {
  if (!Array.isArray(given.direct)) return [];
  return given.direct.flatMap((each) => {
    const { better, worse, is_tie, strength } = recordOf(each);
    if (!order.includes(String(better)) || !order.includes(String(worse)) || better === worse) return [];
    const known = strength === 1 || strength === 2 || strength === 3 ? strength : null;
    const tie = is_tie === true;
    return [{ better: String(better), worse: String(worse), is_tie: tie, strength: tie ? null : known }];
  });
}

export function tiersFrom(given: Given): string[][] {
  if (!Array.isArray(given.tiers)) return [];
  return given.tiers.map((tier: unknown) => (Array.isArray(tier) ? tier.map(String) : []));
}

export function unjudgeableFrom(given: Given, order: readonly string[]): string[] {
  const ids: unknown[] = Array.isArray(given.cannot_judge) ? given.cannot_judge : [];
  return order.filter((id) => ids.includes(id));
}

export function cutFrom(given: Given): number | null {
  const cut = given.unacceptable_below;
  return typeof cut === "number" && Number.isInteger(cut) && cut >= 0 ? cut : null;
}

export function remarksFrom(given: Given, order: readonly string[], screen: Screen): Remarks {
  const [flags, notes] = [recordOf(given.flags), recordOf(given.notes)];
  return {
    flags: Object.fromEntries(
      order.flatMap((id) => {
        const mine = flags[id];
        const known = Array.isArray(mine) ? screen.flags.filter((flag) => mine.includes(flag)) : [];
        return known.length > 0 ? [[id, known]] : [];
      }),
    ),
    notes: Object.fromEntries(
      order.flatMap((id) => (typeof notes[id] === "string" ? [[id, notes[id]]] : [])),
    ),
    note: typeof given.note === "string" ? given.note : "",
    better: betterFrom(given.better_answer, order),
  };
}

export function betterFrom(value: unknown, order: readonly string[]): BetterAnswer | null {
  const { text, based_on } = recordOf(value);
  if (typeof text !== "string") return null;
  return { text, based_on: order.find((id) => id === based_on) ?? null };
}

/** What goes into a draft, and with more into a submission. */
export function saidIn(
  mode: RankingBody["mode"],
  order: readonly string[],
  content: ModeContent,
  remarks: Remarks,
) {
  const placed = content.tiers.flat();
  const out = content.cannot_judge;
  return {
    mode,
    tiers: content.tiers.map((tier) => [...tier]),
    unplaced: order.filter((id) => !placed.includes(id) && !out.includes(id)),
    cannot_judge: [...out],
    unacceptable_below: content.tiers.length > 0 ? content.unacceptable_below : null,
    direct: content.direct
      .filter(({ better, worse }) => !out.includes(better) && !out.includes(worse))
      .map((duel) => ({ ...duel })),
    flags: Object.fromEntries(
      Object.entries(remarks.flags).flatMap(([id, flags]) => (flags.length > 0 ? [[id, [...flags]]] : [])),
    ),
    notes: Object.fromEntries(Object.entries(remarks.notes).filter(([, note]) => note.trim() !== "")),
    note: remarks.note.trim(),
    better_answer: remarks.better && { ...remarks.better },
  };
}

/** A better answer goes in where something was written: not blank, and not the answer it began from. */
export function written<Better extends BetterAnswer>(
  better: Better | null,
  answers: readonly { id: string; text: string }[],
): Better | null {
  if (!better || better.text.trim() === "") return null;
  const base = answers.find(({ id }) => id === better.based_on);
  return base && base.text.trim() === better.text.trim() ? null : better;
}
