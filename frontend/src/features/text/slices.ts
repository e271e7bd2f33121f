/** Cutting text that is too long for one paragraph of the screen. Pure. */

import { makeVisible } from "./characters";

const MOST_HIDDEN = 150;

/** Slices of text to be shown letter by letter; shorter where many hidden characters are written out. */
export function visibleSlices(text: string, most: number): string[] {
  return slices(text, most).flatMap((slice) => {
    const parts = makeVisible(slice).length / 2;
    return parts <= MOST_HIDDEN ? [slice] : slices(slice, Math.ceil((slice.length * MOST_HIDDEN) / parts));
  });
}

/** Pieces of at most `most` UTF-16 units that together are the text: cut after a line, else after a
 * space, else between characters, never inside one. */
export function slices(text: string, most: number): string[] {
  const found: string[] = [];
  let from = 0;
  while (text.length - from > most) {
    const cut = goodCut(text, from, from + most);
    found.push(text.slice(from, cut));
    from = cut;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

// Marks, joiners and the second half of a pair belong to what stands before them.
const CLINGS = /^(?:[\p{M}\u200D\uFE0F\p{Emoji_Modifier}]|[\uDC00-\uDFFF])/u;

function goodCut(text: string, from: number, to: number): number {
  const window = text.slice(from, to);
  const half = window.length / 2;
  for (const after of ["\n", " ", "。", "，"]) {
    const at = window.lastIndexOf(after) + 1;
    if (at > half) return from + at;
  }
  for (let at = to; at > from + half; at--) {
    if (!CLINGS.test(text.slice(at, at + 2)) && text[at - 1] !== "\u200D") return at;
  }
  return to;
}
