/**
 * Places for the nodes of a directed graph without cycles: columns by the longest way from a beginning,
 * rows by where the neighbours stand (Sugiyama, Tagawa & Toda 1981: layers, then barycentres). Pure.
 */

export interface Arrow {
  source: string;
  target: string;
}

export interface Place {
  id: string;
  column: number;
  row: number;
}

const SWEEPS = 4;

/** Every node once; along each arrow the column grows. Nodes come in the order of their columns and rows. */
export function layout(ids: readonly string[], arrows: readonly Arrow[]): Place[] {
  const known = new Set(ids);
  const inside = arrows.filter((arrow) => known.has(arrow.source) && known.has(arrow.target));
  const columns = columnsOf(ids, inside);
  const width = Math.max(0, ...columns.values()) + 1;
  const layers: string[][] = Array.from({ length: ids.length > 0 ? width : 0 }, () => []);
  for (const id of ids) layers[columns.get(id) ?? 0]!.push(id);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    const order = forward ? layers : [...layers].reverse();
    const rows = new Map<string, number>();
    layers.forEach((layer) => layer.forEach((id, row) => rows.set(id, row)));
    for (const layer of order) {
      sortByNeighbours(layer, rows, inside, forward);
      layer.forEach((id, row) => rows.set(id, row));
    }
  }
  return layers.flatMap((layer, column) => layer.map((id, row) => ({ id, column, row })));
}

function columnsOf(ids: readonly string[], arrows: readonly Arrow[]): Map<string, number> {
  const columns = new Map(ids.map((id) => [id, 0]));
  // As many rounds as the longest way may have; a cycle, which there should not be, ends it too.
  for (let round = 0; round < ids.length; round += 1) {
    let moved = false;
    for (const { source, target } of arrows) {
      const least = (columns.get(source) ?? 0) + 1;
      if (least < ids.length && (columns.get(target) ?? 0) < least) {
        columns.set(target, least);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return columns;
}

function sortByNeighbours(
  layer: string[],
  rows: ReadonlyMap<string, number>,
  arrows: readonly Arrow[],
  forward: boolean,
): void {
  const middle = new Map(
    layer.map((id) => {
      const near = arrows.flatMap((arrow) =>
        forward
          ? arrow.target === id ? [rows.get(arrow.source) ?? 0] : []
          : arrow.source === id ? [rows.get(arrow.target) ?? 0] : [],
      );
      const own = rows.get(id) ?? 0;
      return [id, near.length > 0 ? near.reduce((sum, row) => sum + row, 0) / near.length : own];
    }),
  );
  layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
}

/** A node with everything it came from and everything that came from it. */
export function relativesOf(id: string, arrows: readonly Arrow[]): Set<string> {
  const found = new Set([id]);
  for (const [from, to] of [["target", "source"], ["source", "target"]] as const) {
    const open = [id];
    const seen = new Set([id]);
    for (let here = open.pop(); here !== undefined; here = open.pop()) {
      for (const arrow of arrows) {
        if (arrow[from] !== here || seen.has(arrow[to])) continue;
        seen.add(arrow[to]);
        found.add(arrow[to]);
        open.push(arrow[to]);
      }
    }
  }
  return found;
}
