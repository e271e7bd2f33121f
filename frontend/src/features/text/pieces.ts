/**
 * Markdown to HTML in pieces, none much larger than LIMIT: however long an answer is, the page lays
 * out one piece at a time. A block that is too large (a list of 5,000 items, a line of 200 kB) is cut
 * inside, and its tags are opened again in the next piece. Pure; what comes out is not yet sanitised.
 */

import { markHidden, visibleHtml } from "./characters";
import { direction } from "./direction";
import { DEEPEST, markdown, type Helpers, type Token } from "./parser";
import { visibleSlices } from "./slices";

const LIMIT = 8_000;
const MOST_CELLS = 10_000;

/** Tools that are loaded when a text needs them. */
export interface Tools extends Helpers {
  highlight?: (code: string, language: string) => string[] | undefined;
}

export class Document {
  private readonly tokens: Token[];
  readonly needsMath: boolean;
  readonly needsCode: boolean;

  constructor(source: string) {
    this.tokens = markdown.parse(source, {});
    const all = this.tokens.flatMap((token) => [token, ...(token.children ?? [])]);
    this.needsMath = all.some((token) => token.type.startsWith("math_"));
    this.needsCode = all.some((token) => token.type === "fence" && languageOf(token) !== "");
  }

  /**
   * Better shown as it was written: the parser drops what is nested deeper, and a table of tens of
   * thousands of cells, which 4 kB are enough to write, nobody reads.
   */
  get unreadable(): boolean {
    const tooDeep = this.tokens.some((token) => token.nesting === 1 && token.level >= DEEPEST - 1);
    return tooDeep || this.tokens.filter((token) => token.type === "td_open").length > MOST_CELLS;
  }

  pieces(tools: Tools = {}): string[] {
    return cut(tree(this.tokens, tools)).map((part) => part.html);
  }
}

/** Either tags around children, or HTML that stands as it is. */
interface Branch {
  size: number;
  /** The opening tag; `from` children already stand in earlier pieces. */
  open: (from: number, continued: boolean) => string;
  close: string;
  children: Node[];
}
interface Leaf {
  size: number;
  html: string;
  /** How to cut it where it is too large. */
  halves?: () => string[];
}
type Node = Branch | Leaf;

function tree(tokens: Token[], tools: Tools): Node[] {
  const root: Node[] = [];
  const stack: Branch[] = [];
  tokens.forEach((token, index) => {
    const into = stack.at(-1)?.children ?? root;
    if (token.nesting === 1) {
      const node: Branch = { size: 60, open: opener(tokens, index, tools), close: "", children: [] };
      into.push(node);
      stack.push(node);
    } else if (token.nesting === -1) {
      const node = stack.pop()!;
      node.close = closer(tokens, index, tools);
      for (const child of node.children) node.size += child.size;
    } else if (token.type === "inline") {
      for (const node of tree(token.children ?? [], tools)) into.push(node);
    } else if (token.type === "fence" || token.type === "code_block") into.push(code(token, tools));
    else into.push(leaf(tokens, index, tools));
  });
  return root;
}

const halves = (text: string) => visibleSlices(text, LIMIT / 2);

/** What a browser has to do for it: every element costs as much as many letters. */
const sizeOf = (html: string) => html.length + 12 * (html.split("<").length - 1);

interface Part {
  html: string;
  from: number;
  size: number;
}

/** As much as fits together, in order; `from` is the first node in a part. */
function cut(nodes: Node[]): Part[] {
  const parts: Part[] = [];
  let current: Part | undefined;
  nodes.forEach((node, from) => {
    if (node.size > LIMIT) {
      current = undefined;
      for (const html of cutInside(node)) parts.push({ html, from, size: LIMIT });
    } else if (current && current.size + node.size <= LIMIT) {
      current.html += write(node);
      current.size += node.size;
    } else parts.push((current = { html: write(node), from, size: node.size }));
  });
  return parts;
}

function cutInside(node: Node): string[] {
  if ("html" in node) return node.halves?.() ?? [node.html];
  return cut(node.children).map((part, index) => node.open(part.from, index > 0) + part.html + node.close);
}

function write(node: Node): string {
  if ("html" in node) return node.html;
  return node.open(0, false) + node.children.map(write).join("") + node.close;
}

function leaf(tokens: Token[], index: number, tools: Tools): Leaf {
  const { type, content } = tokens[index]!;
  const html = byRule(tokens, index, tools);
  if (type !== "text" && type !== "code_inline") return { size: sizeOf(html), html };
  const [before, after] = type === "text" ? ["", ""] : ["<code>", "</code>"];
  return { size: sizeOf(html), html, halves: () => halves(content).map((part) => before + visibleHtml(part) + after) };
}

function code(token: Token, { highlight }: Tools): Branch {
  const language = languageOf(token);
  const plain = token.content.replace(/\n$/, "").split("\n");
  const coloured = language ? highlight?.(plain.join("\n"), language)?.map(markHidden) : undefined;
  const children = plain.map<Leaf>((line, index) => {
    const html = `${coloured?.[index] ?? visibleHtml(line)}\n`;
    return { size: sizeOf(html), html, halves: coloured ? undefined : () => halves(`${line}\n`).map(visibleHtml) };
  });
  const name = language ? ` data-lang="${language}"` : "";
  return {
    size: children.reduce((sum, child) => sum + child.size, 60),
    open: (_from, continued) => `<pre${continued ? ' class="cont"' : ""} dir="ltr"${name}><code>`,
    close: "</code></pre>\n",
    children,
  };
}

/** The name of the language as the answer gives it; nothing else may stand there. */
function languageOf(token: Token): string {
  return /^[\w+#.-]{1,20}(?=\s|$)/.exec(token.info.trim())?.[0].toLowerCase() ?? "";
}

function opener(tokens: Token[], index: number, tools: Tools): Branch["open"] {
  const token = tokens[index]!;
  if (token.hidden) return () => "";
  if (token.type === "link_open") {
    const html = byRule(tokens, index, tools);
    return () => html;
  }
  const way = token.block ? directionFrom(tokens, index) : undefined;
  const align = /text-align:(center|right)/.exec(token.attrGet("style") ?? "")?.[1];
  const start = Number(token.attrGet("start") ?? 1);
  return (from, continued) => {
    const classes = [align, continued && "cont"].filter(Boolean).join(" ");
    const attributes =
      (classes && ` class="${classes}"`) +
      (way === "rtl" ? ' dir="rtl"' : "") +
      (token.tag === "ol" && start + from !== 1 ? ` start="${start + from}"` : "");
    return `${token.tag === "table" ? '<div class="scroller">' : ""}<${token.tag}${attributes}>`;
  };
}

function closer(tokens: Token[], index: number, tools: Tools): string {
  const token = tokens[index]!;
  if (token.hidden) return "";
  if (token.type === "link_close") return byRule(tokens, index, tools);
  // Blocks end a line in the text of the page, too: marked passages are found by that text.
  return `</${token.tag}>${token.tag === "table" ? "</div>" : ""}${token.block ? "\n" : ""}`;
}

/** Lists, quotes and tables run the way their first letter does, as paragraphs do. */
function directionFrom(tokens: Token[], open: number): "rtl" | "ltr" | undefined {
  for (let at = open + 1; at < tokens.length && tokens[at]!.level > tokens[open]!.level; at++) {
    const found = tokens[at]!.type === "inline" ? direction(tokens[at]!.content) : undefined;
    if (found) return found;
  }
  return undefined;
}

function byRule(tokens: Token[], index: number, tools: Tools): string {
  const { renderer, options } = markdown;
  const rule = renderer.rules[tokens[index]!.type];
  return rule ? rule(tokens, index, options, tools, renderer) : renderer.renderToken(tokens, index, options);
}
