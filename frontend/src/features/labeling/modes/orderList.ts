/**
 * A list in order, best first: rows of one answer, or of several that are equally good. Answers that
 * stand in no row are not ordered yet; at first none is. The line below which nothing is acceptable
 * is a row too and moves like any other. Pure; knows nothing of screens or servers.
 */

export type Row = readonly string[];

export interface OrderList {
  /** Completion ids in the order they are shown. */
  readonly order: readonly string[];
  readonly rows: readonly Row[];
  readonly unjudgeable: readonly string[];
  readonly allowTies: boolean;
}

/** Stands in a row where a completion id would. */
export const LINE = "line";

export function emptyList(order: readonly string[], allowTies: boolean): OrderList {
  return { order, rows: [], unjudgeable: [], allowTies };
}

/** A list as a draft or an earlier judgment had it. Unknown answers and doubles are ignored. */
export function listFrom(
  { order, allowTies }: Pick<OrderList, "order" | "allowTies">,
  tiers: readonly (readonly string[])[],
  cut: number | null,
  unjudgeable: readonly string[] = [],
): OrderList {
  const left = new Set(order);
  const take = (ids: readonly string[]) => ids.filter((id) => left.delete(id));
  const out = take(unjudgeable);
  const rows = tiers.flatMap((tier, at) => {
    const row = take(tier);
    const taken: Row[] = allowTies ? [row] : row.map((id) => [id]);
    return at === cut ? [[LINE], ...taken] : taken;
  });
  if (cut !== null && cut >= tiers.length) rows.push([LINE]);
  return { order, rows: rows.filter((row) => row.length > 0), unjudgeable: out, allowTies };
}

export function rowOf(list: OrderList, id: string): number {
  return list.rows.findIndex((row) => row.includes(id));
}

/** Answers that stand nowhere yet. */
export function trayOf(list: OrderList): string[] {
  return list.order.filter((id) => rowOf(list, id) < 0 && !list.unjudgeable.includes(id));
}

export function tiersOfList(list: OrderList): string[][] {
  return list.rows.filter(isTier).map((row) => [...row]);
}

/** The number (from 1) of the tier an answer stands in; 0 when in none. */
export function tierOf(list: OrderList, id: string): number {
  return list.rows.filter(isTier).findIndex((row) => row.includes(id)) + 1;
}

/** Number of tiers above the line; null: no line was drawn. */
export function cutOf(list: OrderList): number | null {
  const at = rowOf(list, LINE);
  return at < 0 ? null : at;
}

/** A row of its own, before the row that is at `at` now. */
export function insertAt(list: OrderList, id: string, at: number): OrderList {
  const from = rowOf(list, id);
  if (from >= 0 && list.rows[from]!.length === 1 && (at === from || at === from + 1)) return list;
  return settled(list, id, [...rowsWithout(list.rows.slice(0, at), id), [id], ...rowsWithout(list.rows.slice(at), id)]);
}

/** A row of its own as the `number`-th tier (from 1), or below the last. */
export function insertAsTier(list: OrderList, id: string, number: number): OrderList {
  if (tierOf(list, id) === number && list.rows[rowOf(list, id)]!.length === 1) return list;
  const without = toTray(list, id);
  const tierRows = without.rows.flatMap((row, at) => (isTier(row) ? [at] : []));
  return insertAt(without, id, tierRows[number - 1] ?? without.rows.length);
}

/** As good as `other`. Without ties, or onto the line, it goes just above instead. */
export function tieWith(list: OrderList, id: string, other: string): OrderList {
  const to = rowOf(list, other);
  if (id === other || to < 0 || list.rows[to]!.includes(id)) return list;
  if (!list.allowTies || id === LINE || other === LINE) return insertAt(list, id, to);
  const joined = list.rows.map((row, at) => (at === to ? [...row, id] : row.filter((each) => each !== id)));
  return settled(list, id, joined);
}

/** The tier above, that `=` would join; undefined where there is none. */
export function tierAbove(list: OrderList, id: string): Row | undefined {
  const at = rowOf(list, id);
  if (at < 1 || !list.allowTies || id === LINE) return undefined;
  return list.rows.slice(0, at).findLast(isTier);
}

/** One step: out of a tie first, then past the neighbour. From the tray to the near end. */
export function shifted(list: OrderList, id: string, by: -1 | 1): OrderList {
  const at = rowOf(list, id);
  if (at < 0) return insertAt(list, id, by < 0 ? list.rows.length : 0);
  if (list.rows[at]!.length > 1) return insertAt(list, id, by < 0 ? at : at + 1);
  const to = at + by;
  if (to < 0 || to >= list.rows.length) return list;
  return insertAt(list, id, by < 0 ? to : to + 1);
}

export function toTray(list: OrderList, id: string): OrderList {
  if (rowOf(list, id) < 0 && !list.unjudgeable.includes(id)) return list;
  return settled(list, id, rowsWithout(list.rows, id));
}

export function asUnjudgeable(list: OrderList, id: string): OrderList {
  if (list.unjudgeable.includes(id)) return list;
  const out = settled(list, id, rowsWithout(list.rows, id));
  return { ...out, unjudgeable: [...out.unjudgeable, id] };
}

function isTier(row: Row): boolean {
  return row[0] !== LINE;
}

function rowsWithout(rows: readonly Row[], id: string): Row[] {
  return rows.map((row) => row.filter((each) => each !== id));
}

function settled(list: OrderList, moved: string, rows: readonly Row[]): OrderList {
  return {
    ...list,
    rows: rows.filter((row) => row.length > 0),
    unjudgeable: list.unjudgeable.filter((each) => each !== moved),
  };
}
