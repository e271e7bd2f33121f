/**
 * Markdown as Tiebreak reads it: raw HTML stays the text it is, images become chips and are never
 * fetched, links say where they lead, formulas stand between $..$, $$..$$, \(..\) and \[..\], and
 * Chinese emphasis goes where Chinese puts it. Knows tokens, nothing of the page.
 */

import { tex } from "@mdit/plugin-tex";
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { escapeHtml, makeVisible, visibleHtml } from "./characters";

export type Token = ReturnType<MarkdownIt["parse"]>[number];

/** What the renderer has at hand; without it formulas and code stand as they were written. */
export interface Helpers {
  formula?: (source: string, display: boolean) => string | undefined;
}

/** Deeper than this nothing can be read, and the parser would drop what stands there. */
export const DEEPEST = 40;

const LONGEST_FORMULA = 4_000;

export const markdown = new MarkdownIt("default", {
  html: false,
  linkify: false,
  breaks: true,
});
Object.assign(markdown.options, { maxNesting: DEEPEST }); // an option that the types do not know
markdown.use(cjkFriendly);
markdown.use(tex, { delimiters: "all", render: formula });
// The plugin takes whatever follows a displayed formula on its line for a part of it, to the end of the text.
const AMID = { alt: ["paragraph", "reference", "blockquote", "list"] };
markdown.block.ruler.at("math_block_dollar", onLinesOfItsOwn("$$", "$$"), AMID);
markdown.block.ruler.at("math_block_bracket", onLinesOfItsOwn("\\[", "\\]"), AMID);
// And it knows none inside a line.
markdown.inline.ruler.before("escape", "math_inside_line", (state, silent) => {
  const opens = state.src.slice(state.pos, state.pos + 2);
  const closes = opens === "$$" ? "$$" : opens === "\\[" ? "\\]" : undefined;
  if (!closes) return false;
  const from = state.pos + 2;
  const length = state.src.slice(from, from + LONGEST_FORMULA).indexOf(closes);
  if (length < 1 || from + length + 2 > state.posMax) return false;
  if (!silent) {
    const token = state.push("math_block", "math", 0);
    token.content = state.src.slice(from, from + length);
    token.markup = opens;
  }
  state.pos = from + length + 2;
  return true;
});
// A definition `[name]: address` would vanish from the page: nothing of an answer may.
markdown.disable("reference");

markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]!;
  const words = [token.content, leadsTo(token.attrGet("src") ?? "")].filter(Boolean).join(" · ");
  return `<span class="imageChip">${visibleHtml(words)}</span>`;
};
markdown.renderer.rules.link_open = (tokens, index) => {
  const token = tokens[index]!;
  const address = token.attrGet("href") ?? "";
  const title = token.attrGet("title");
  const more = title ? ` title="${escapeHtml(plain(title))}"` : "";
  return isWeb(address)
    ? `<a href="${escapeHtml(address)}" rel="noopener noreferrer nofollow" target="_blank" referrerpolicy="no-referrer"${more}>`
    : `<a${more}>`;
};
markdown.renderer.rules.link_close = (tokens, index) => {
  const target = leadsTo(opening(tokens, index)?.attrGet("href") ?? "");
  return target ? ` <span class="linkHost">(${visibleHtml(target)})</span></a>` : "</a>";
};
// The visible form of hidden characters is markup, so it goes in where text is written out.
markdown.renderer.rules.text = (tokens, index) => visibleHtml(tokens[index]!.content);
markdown.renderer.rules.code_inline = (tokens, index) =>
  `<code>${visibleHtml(tokens[index]!.content)}</code>`;

/** A displayed formula with nothing after it; any other one is a part of its paragraph. */
function onLinesOfItsOwn(opens: string, closes: string): Parameters<typeof markdown.block.ruler.at>[1] {
  return (state, first, end, silent) => {
    const from = state.bMarks[first]! + state.tShift[first]!;
    if (!state.src.startsWith(opens, from)) return false;
    if (!state.src.slice(from + 2, from + 2 + LONGEST_FORMULA).includes(closes)) return false;
    const lines: string[] = [];
    for (let line = first; line < end; line++) {
      if (line > first && !state.isEmpty(line) && state.sCount[line]! < state.blkIndent) return false;
      const text =
        line === first
          ? state.src.slice(from + 2, state.eMarks[line])
          : state.getLines(line, line + 1, state.blkIndent, false);
      const length = text.indexOf(closes);
      lines.push(length < 0 ? text : text.slice(0, length));
      if (length < 0) continue;
      if (text.slice(length + 2).trim() !== "") return false;
      if (silent) return true;
      state.line = line + 1;
      const token = state.push("math_block", "math", 0);
      token.block = true;
      token.content = lines.join("\n");
      token.map = [first, state.line];
      token.markup = opens;
      return true;
    }
    return false;
  };
}

function formula(source: string, display: boolean, helpers: Helpers): string {
  const drawn = helpers.formula?.(source, display);
  const inside = drawn ?? `<code class="tex">${visibleHtml(source)}</code>`;
  return display
    ? `<span class="formulaBlock scroller">${inside}</span>\n`
    : `<span class="formula">${inside}</span>`;
}

function opening(tokens: Token[], close: number): Token | undefined {
  const level = tokens[close]!.level;
  for (let at = close - 1; at >= 0; at--) {
    const token = tokens[at]!;
    if (token.type === "link_open" && token.level === level) return token;
  }
  return undefined;
}

const isWeb = (address: string): boolean => /^(?:https?|mailto):/i.test(address);

/** The host of an address on the web, else the address: it is not followed, so it is shown. */
function leadsTo(address: string): string {
  try {
    const url = new URL(address);
    if (isWeb(address)) return url.host || url.protocol.replace(/:$/, "");
  } catch {
    // Not an address of its own: shown as it stands.
  }
  return address.length > 120 ? `${address.slice(0, 120)}…` : address;
}

const plain = (text: string): string =>
  makeVisible(text)
    .map((part) => part.text)
    .join("");
