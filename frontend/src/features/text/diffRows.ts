/** A difference as rows of two cells, so that equal lines stand beside each other. Pure. */

import type { Part } from "./diff";
import { slices } from "./slices";

export interface Segment {
  text: string;
  /** Only this side says it. */
  only: boolean;
  /** The number of the difference that begins here. */
  change?: number;
}

export interface Row {
  left: Segment[];
  right: Segment[];
  same: boolean;
}

const LONGEST = 3_000;
const MOST_SEGMENTS = 200;

export function rows(parts: Part[]): Row[] {
  const found: Row[] = [];
  let row = empty();
  let change = -1;
  const flush = () => {
    if (row.left.length + row.right.length > 0) found.push(row);
    row = empty();
  };
  parts.forEach((part, index) => {
    if (part.kind === "same") {
      for (const text of part.text.split(/(?<=\n)/).flatMap((line) => slices(line, LONGEST))) {
        if (size(row) + text.length > LONGEST || row.left.length + row.right.length > MOST_SEGMENTS) flush();
        row.left.push({ text, only: false });
        row.right.push({ text, only: false });
        if (text.endsWith("\n")) flush();
      }
      return;
    }
    if (index === 0 || parts[index - 1]?.kind === "same") change += 1;
    slices(part.text, LONGEST).forEach((text, at) => {
      const side = part.kind as "left" | "right";
      if (length(row[side]) + text.length > LONGEST) flush();
      const begins = at === 0 && (index === 0 || parts[index - 1]?.kind === "same");
      row[side].push(begins ? { text, only: true, change } : { text, only: true });
      row.same = false;
    });
  });
  flush();
  return found;
}

const empty = (): Row => ({ left: [], right: [], same: true });
const length = (segments: Segment[]): number => segments.reduce((sum, each) => sum + each.text.length, 0);
const size = (row: Row): number => Math.max(length(row.left), length(row.right));
