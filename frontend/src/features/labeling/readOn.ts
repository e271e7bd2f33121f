/** Space: a page further in the answer in focus, then on to the next one that was not read. */

import { underTheBars } from "./bars";
import { readState } from "./reading";
import type { ReadingWatch } from "./useReading";

const PAGE = 0.85;

export function readOn(
  answers: readonly string[],
  letter: (id: string) => string,
  focused: string,
  reading: ReadingWatch,
  onFocus: (id: string) => void,
): void {
  const card = document.querySelector<HTMLElement>(`[data-answer="${letter(focused)}"]`);
  if (card && scrollOn(card)) return;
  const seen = reading.now();
  const at = answers.indexOf(focused);
  const others = [...answers.slice(at + 1), ...answers.slice(0, at)];
  const next = others.find((id) => readState(seen, id) !== "read");
  if (next) onFocus(next);
}

/** True when there was more of the card to come. */
function scrollOn(card: HTMLElement): boolean {
  const pane = card.querySelector<HTMLElement>("[data-scrolls]");
  if (pane && pane.scrollHeight > pane.clientHeight) {
    if (pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 2) return false;
    pane.scrollBy({ top: pane.clientHeight * PAGE });
    return true;
  }
  if (pane) return false;
  const { bottom } = card.getBoundingClientRect();
  if (bottom <= window.innerHeight) return false;
  window.scrollBy({ top: Math.min((window.innerHeight - underTheBars()) * PAGE, bottom - window.innerHeight + 24) });
  return true;
}
