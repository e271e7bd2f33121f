/**
 * What two texts have in common and what only one of them says: by words, and by characters in
 * scripts that set no spaces between words. Pure; bounded in time on any texts.
 */

import { diffArrays } from "diff";

export interface Part {
  kind: "same" | "left" | "right";
  text: string;
}

const TIME_MS = 1_200;
const MOST_FOR_A_PAIR_MS = 100;
const UNSPACED = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const TOKEN = new RegExp(
  `[${UNSPACED}]\\p{M}*|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}_])+(?:['’]\\p{L}+)*|\\n|[^\\S\\n]+` +
    "|\\p{RI}\\p{RI}|\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier}|\\u200D\\p{Extended_Pictographic})*|.",
  "gsu",
);
const SENTENCE = /[^.!?。！？\n]*(?:[.!?]+(?=\s)\s?|[。！？]+|\n|[.!?]+|$)/gu;

/** Parts in order, left before right where both differ; their texts give both texts back. */
export function difference(left: string, right: string, timeMs: number = TIME_MS): Part[] {
  const until = performance.now() + timeMs;
  return tidy(compare(tokens(left), tokens(right), until));
}

export function tokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

function compare(left: string[], right: string[], until: number): Part[] {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail += 1;
  const middle = compareMiddle(
    left.slice(head, left.length - tail),
    right.slice(head, right.length - tail),
    until,
  );
  return [
    { kind: "same", text: left.slice(0, head).join("") },
    ...middle,
    { kind: "same", text: left.slice(left.length - tail).join("") },
  ];
}

function compareMiddle(left: string[], right: string[], until: number): Part[] {
  // Half of the time for the whole; what is too much for that is compared by sentences first.
  const budget = (until - performance.now()) / 2;
  if (left.length === 0 || right.length === 0 || budget <= 0) return replaced(left.join(""), right.join(""));
  return changes(left, right, budget) ?? bySentences(left.join(""), right.join(""), until);
}

function bySentences(left: string, right: string, until: number): Part[] {
  const budget = (until - performance.now()) / 2;
  const coarse = budget > 0 ? changes(sentences(left), sentences(right), budget) : undefined;
  if (!coarse) return replaced(left, right);
  return coarse.flatMap((part, index): Part[] => {
    const next = coarse[index + 1];
    if (part.kind === "left" && next?.kind === "right") {
      const rest = Math.min(until - performance.now(), MOST_FOR_A_PAIR_MS);
      return (rest > 0 && changes(tokens(part.text), tokens(next.text), rest)) || [part, next];
    }
    return part.kind === "right" && coarse[index - 1]?.kind === "left" ? [] : [part];
  });
}

function sentences(text: string): string[] {
  return (text.match(SENTENCE) ?? []).filter((part) => part !== "");
}

function replaced(left: string, right: string): Part[] {
  return [
    { kind: "left", text: left },
    { kind: "right", text: right },
  ];
}

/** The shortest way from one list to the other, or undefined when the time is up. */
function changes(left: string[], right: string[], timeout: number): Part[] | undefined {
  const numbers = new Map<string, number>();
  const number = (token: string) => {
    const known = numbers.get(token) ?? numbers.size;
    numbers.set(token, known);
    return known;
  };
  const names = [left.map(number), right.map(number)] as const;
  const found = diffArrays(names[0], names[1], { timeout });
  if (!found) return undefined;
  const texts = [...numbers.keys()];
  return found.map(({ value, added, removed }) => ({
    kind: added ? "right" : removed ? "left" : "same",
    text: value.map((at) => texts[at]!).join(""),
  }));
}

/**
 * Two answers share "the" and commas all over; marking around each of them shows confetti. What is the
 * same and shorter than the changes on both of its sides counts as changed with them.
 */
export function tidy(parts: Part[]): Part[] {
  const groups: Group[] = [];
  for (const part of parts) {
    if (part.text === "") continue;
    const last = groups.at(-1);
    if (part.kind === "same") groups.push({ same: part.text, left: "", right: "" });
    else if (last) last[part.kind] += part.text;
    else groups.push({ same: "", left: "", right: "", [part.kind]: part.text });
    while (part.kind !== "same" && swallow(groups));
  }
  return groups.flatMap(({ same, left, right }) =>
    (
      [
        { kind: "same", text: same },
        { kind: "left", text: left },
        { kind: "right", text: right },
      ] satisfies Part[]
    ).filter((part) => part.text !== ""),
  );
}

/** Something that both say, then what each says instead of the other. */
interface Group {
  same: string;
  left: string;
  right: string;
}

function swallow(groups: Group[]): boolean {
  const last = groups.at(-1)!;
  const before = groups.at(-2);
  if (!before || last.same.includes("\n\n")) return false;
  const weight = last.same.replace(/[\s\p{P}]/gu, "").length;
  const around = Math.min(
    Math.max(before.left.length, before.right.length),
    Math.max(last.left.length, last.right.length),
  );
  if (around === 0 || weight > around) return false;
  before.left += last.same + last.left;
  before.right += last.same + last.right;
  groups.pop();
  return true;
}
