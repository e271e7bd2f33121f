/** Characters that hide, reorder or fake text, and how to show them. Pure. */

export interface VisiblePart {
  text: string;
  /** U+XXXX of the character that `text` stands for. */
  hidden?: string;
}

// Controls other than tab and line feed, soft hyphen, zero-width and bidirectional marks, line and
// paragraph separators, the byte order mark, interlinear marks, tags, and lone surrogates. Joiners
// inside emoji and variation selectors are left alone: they belong to what is seen. Accents beyond
// the eighth on one letter are no writing; they would only paint over the lines around.
const HIDDEN =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D|(?<=\p{Mn}{8})\p{Mn}|\p{Surrogate}/gu;
const MOST_IN_A_ROW = 4;
const KINDS_NAMED = 3;

const PICTURES: Readonly<Record<string, string>> = { "\u007f": "␡", "\u00ad": "⟨SHY⟩" };

/** Split text so that every hidden character is a part of its own, written visibly; where many stand
 * in a row, one part says which and how many. */
export function makeVisible(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const run of runs(text)) {
    if (run.at > from) parts.push({ text: text.slice(from, run.at) });
    if (run.chars.length > MOST_IN_A_ROW) parts.push(summary(run.chars));
    else for (const char of run.chars) parts.push({ text: picture(char), hidden: codePoint(char) });
    from = run.end;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** The same as HTML. Nothing of the text is markup in it. */
export function visibleHtml(text: string): string {
  return markHidden(escapeHtml(text));
}

/** HTML with the hidden characters of its text made visible; no tag holds one. */
export function markHidden(html: string): string {
  return makeVisible(html)
    .map((part) =>
      part.hidden ? `<span class="hiddenChar" title="${part.hidden}">${part.text}</span>` : part.text,
    )
    .join("");
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

interface Run {
  chars: string[];
  at: number;
  end: number;
}

function runs(text: string): Run[] {
  const found: Run[] = [];
  for (const match of text.matchAll(HIDDEN)) {
    const last = found.at(-1);
    const [char] = match;
    if (last?.end === match.index) last.chars.push(char);
    else found.push({ chars: [char], at: match.index, end: match.index });
    found.at(-1)!.end = match.index + char.length;
  }
  return found;
}

function summary(chars: string[]): VisiblePart {
  const kinds = [...new Set(chars)].map(codePoint);
  const named = kinds.slice(0, KINDS_NAMED).join(" ") + (kinds.length > KINDS_NAMED ? " …" : "");
  return { text: `⟨${named} ×${chars.length}⟩`, hidden: named };
}

function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

function picture(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return PICTURES[char] ?? `⟨${codePoint(char)}⟩`;
}
