/**
 * One person's work on this device, for every page behind sign-in: the journal, the outbox that
 * empties it, the drafts of the item on screen. `WorkplaceOf` furnishes it.
 */

import { createContext, useContext } from "react";
import type { DraftDesk } from "./drafts";
import type { Journal } from "./journal";
import type { Outbox } from "./outbox";

export interface Workplace {
  userId: string;
  journal: Journal;
  outbox: Outbox;
  desk: DraftDesk;
}

export const WorkplaceContext = createContext<Workplace | null>(null);

export function useWorkplace(): Workplace {
  const workplace = useContext(WorkplaceContext);
  if (!workplace) throw new Error("useWorkplace outside <WorkplaceOf>");
  return workplace;
}
