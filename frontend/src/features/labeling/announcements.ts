/** What a screen reader hears after each change: a key and its values, so that it can be translated. */

import type { TextKey } from "@/lib/i18n";
import { inPlace, letterOf, placeOf, type Board, type BoardAction } from "./board";

export interface Announcement {
  key: TextKey;
  params: Record<string, string | number>;
}

export function announcementFor(
  before: Board,
  after: Board,
  action: BoardAction,
): Announcement | null {
  if (action.type === "focus") return null; // the card itself is read out
  if (action.type === "undo") {
    return before === after ? null : { key: "labeling.say.undone", params: {} };
  }
  if (!("id" in action) || after.places === before.places) return null;
  const place = placeOf(after, action.id);
  const letter = letterOf(after, action.id);
  const tied = place > 0 ? inPlace(after, place).filter((id) => id !== action.id) : [];
  if (tied.length === 0) return { key: "labeling.say.placed", params: { letter, place } };
  const others = tied.map((id) => letterOf(after, id)).join(", ");
  return { key: "labeling.say.tied", params: { letter, place, others } };
}
