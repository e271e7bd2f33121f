/** Characters that hide, reorder or fake text, and how to show them. Pure. */

export interface VisiblePart {
  text: string;
  /** U+XXXX of the character that `text` stands for. */
  hidden?: string;
}

// Controls other than tab and line feed, soft hyphen, zero-width and bidirectional marks, line and
// paragraph separators, the byte order mark, interlinear marks, tags, and lone surrogates. Joiners
// inside emoji and variation selectors are left alone: they belong to what is seen.
const HIDDEN =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D|\p{Surrogate}/gu;

const PICTURES: Readonly<Record<string, string>> = { "\u007f": "␡", "\u00ad": "⟨SHY⟩" };

/** Split text so that every hidden character is a part of its own, written visibly. */
export function makeVisible(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: picture(match[0]), hidden: codePoint(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

function picture(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return PICTURES[char] ?? `⟨${codePoint(char)}⟩`;
}
