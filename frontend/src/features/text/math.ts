/**
 * Formulas by KaTeX, as MathML: the browser sets it without inline styles, which our content policy
 * forbids, and screen readers read it. Every expansion and size is bounded, nothing is trusted, and
 * what would hide or paint over other text (colours, phantoms, negative space) is left out.
 * Loaded when a text holds a formula.
 */

import katex from "katex";
import { makeVisible } from "./characters";

const LONGEST_SOURCE = 4_000;
const LONGEST_RESULT = 20_000;

/** MathML, or undefined where the source is better shown as written. */
export function formula(source: string, display: boolean): string | undefined {
  if (source.length > LONGEST_SOURCE || hidesSomething(source)) return undefined;
  let drawn: string;
  try {
    drawn = katex.renderToString(source, {
      displayMode: display,
      output: "mathml",
      trust: false,
      strict: "ignore",
      maxSize: 10,
      maxExpand: 200,
      throwOnError: true,
    });
  } catch {
    return undefined; // not a formula, too many expansions, or nested beyond the stack
  }
  return drawn.length > LONGEST_RESULT ? undefined : onlyMath(drawn);
}

const hidesSomething = (source: string) => makeVisible(source).some((part) => part.hidden);

function onlyMath(drawn: string): string {
  return drawn
    .replace(/^<span class="katex">|<\/span>$/g, "")
    .replace(/<annotation [^>]*>[^<]*<\/annotation>|<\/?(?:semantics|mphantom|mpadded)\b[^>]*>/g, "")
    // The browser sets no space after the name of a function.
    .replace(/<mo>\u2061<\/mo>(?=<m(?:[in]|row|sup|sub|frac|sqrt)\b)/g, '<mspace width="0.1667em"></mspace>')
    .replace(/<mspace [^>]*width="-[^>]*>(?:<\/mspace>)?/g, "")
    .replace(/ (?:style|class|mathcolor|mathbackground|mathsize|href)="[^"]*"/g, "");
}
