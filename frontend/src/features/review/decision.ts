/** What a reviewer is about to decide; pure. */

import type { Decision, Judgment, Sheet } from "./api";
import { tiersFrom } from "./orders";

export type Outcome = Decision["outcome"];

export interface Draft {
  outcome: Outcome;
  accepted: ReadonlySet<string>;
  withdraw: ReadonlySet<string>;
  /** The tier of each answer in the reviewer's own order. */
  tiers: ReadonlyMap<string, number>;
  cut: number | null;
  reason: string;
  notes: ReadonlyMap<string, { reason: NoteReason; message: string }>;
}

export type NoteReason = NonNullable<Decision["notes"]>[number]["reason"];

export const EMPTY: Draft = {
  outcome: "accepted",
  accepted: new Set(),
  withdraw: new Set(),
  tiers: new Map(),
  cut: null,
  reason: "",
  notes: new Map(),
};

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** A judgment is right, or withdrawn, or neither; never both. */
export function accept(draft: Draft, id: string): Draft {
  const withdraw = new Set(draft.withdraw);
  withdraw.delete(id);
  return { ...draft, outcome: "accepted", accepted: toggled(draft.accepted, id), withdraw };
}

export function withdraw(draft: Draft, id: string): Draft {
  const accepted = new Set(draft.accepted);
  accepted.delete(id);
  return { ...draft, accepted, withdraw: toggled(draft.withdraw, id) };
}

/** Begin an own order with what a judgment says. */
export function startOrder(draft: Draft, from: Judgment | undefined): Draft {
  const tiers = new Map(
    (from?.content.tiers ?? []).flatMap((tier, index) => tier.map((id) => [id, index + 1] as const)),
  );
  return { ...draft, outcome: "ordered", tiers, cut: from?.content.unacceptable_below ?? null };
}

export function place(draft: Draft, id: string, tier: number | null): Draft {
  const tiers = new Map(draft.tiers);
  if (tier === null) tiers.delete(id);
  else tiers.set(id, tier);
  const most = tiersFrom(tiers).length;
  return { ...draft, outcome: "ordered", tiers, cut: draft.cut === null ? null : Math.min(draft.cut, most) };
}

/** No line, then below each tier in turn. */
export function moveCut(draft: Draft): Draft {
  const most = tiersFrom(draft.tiers).length;
  const next = draft.cut === null ? 0 : draft.cut + 1;
  return { ...draft, outcome: "ordered", cut: next > most ? null : next };
}

/** The body that is sent. */
export function bodyOf(draft: Draft, sheet: Sheet): Decision {
  const ordered = draft.outcome === "ordered";
  const placed = draft.tiers;
  return {
    outcome: draft.outcome,
    accepted: [...draft.accepted],
    withdraw: [...draft.withdraw],
    tiers: ordered ? tiersFrom(placed) : null,
    unplaced: ordered ? sheet.completions.map(({ id }) => id).filter((id) => !placed.has(id)) : [],
    unacceptable_below: ordered ? draft.cut : null,
    reason: draft.reason,
    notes: [...draft.notes].map(([ranking, note]) => ({ ranking, ...note })),
  };
}
