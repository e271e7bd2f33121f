/** What snapshots are called. */

import type { Text } from "@/lib/i18n";
import type { Snapshot } from "./api";

/** Whether a reward model chose what is in it, rather than people. */
export function isChosen(snapshot: Pick<Snapshot, "query">): boolean {
  return Object.hasOwn(snapshot.query, "best_of_n");
}

export function snapshotName(snapshot: Pick<Snapshot, "number" | "query">, t: Text): string {
  const { number } = snapshot;
  return isChosen(snapshot) ? t("train.snapshotChosen", { number }) : t("train.snapshot", { number });
}
