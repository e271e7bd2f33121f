/**
 * Marked passages: offsets in the text of a rendered answer and back to places on the page. The quote
 * is the authority: where the text around it has moved, the passage is found by its words.
 */

export interface Span {
  /** UTF-16 code units in the text of the rendered answer (its `textContent`). */
  start: number;
  end: number;
  quote: string;
  flag: string | null;
  note: string;
}

export interface Passage {
  start: number;
  end: number;
  quote: string;
}

/** The text nodes of an element and where each begins in its text. */
export class TextMap {
  readonly text: string;
  private readonly nodes: Text[] = [];
  private readonly starts: number[] = [];

  constructor(private readonly root: HTMLElement) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let text = "";
    while (walker.nextNode()) {
      this.nodes.push(walker.currentNode as Text);
      this.starts.push(text.length);
      text += (walker.currentNode as Text).data;
    }
    this.text = text;
  }

  /** The passage that a selection covers, without the space around it; null where it covers none. */
  passage(range: Range): Passage | null {
    if (!this.root.contains(range.commonAncestorContainer)) return null;
    return this.trimmed(this.offset(range.startContainer, range.startOffset), this.offset(range.endContainer, range.endOffset));
  }

  trimmed(start: number, end: number): Passage | null {
    const quote = this.text.slice(start, end);
    const from = start + quote.length - quote.trimStart().length;
    const words = quote.trim();
    return words === "" ? null : { start: from, end: from + words.length, quote: words };
  }

  /** Where a passage stands now; null where its words are gone. */
  find({ start, quote }: Passage): Passage | null {
    if (quote === "") return null;
    if (this.text.startsWith(quote, start)) return { start, end: start + quote.length, quote };
    const before = this.text.lastIndexOf(quote, start);
    const after = this.text.indexOf(quote, start);
    if (before < 0 && after < 0) return null;
    const nearest = after < 0 || (before >= 0 && start - before <= after - start) ? before : after;
    return { start: nearest, end: nearest + quote.length, quote };
  }

  range({ start, end }: Passage): Range {
    const range = document.createRange();
    const first = this.at(start);
    const last = this.at(end - 1);
    range.setStart(this.nodes[first]!, start - this.starts[first]!);
    range.setEnd(this.nodes[last]!, end - this.starts[last]!);
    return range;
  }

  /** Sentences, none over the end of a line. */
  sentences(lang: string | undefined): Passage[] {
    const segmenter = new Intl.Segmenter(lang, { granularity: "sentence" });
    const found: Passage[] = [];
    let start = 0;
    for (const line of this.text.split("\n")) {
      for (const { index, segment } of segmenter.segment(line)) {
        const passage = this.trimmed(start + index, start + index + segment.length);
        if (passage) found.push(passage);
      }
      start += line.length + 1;
    }
    return found;
  }

  private offset(container: Node, offset: number): number {
    if (container instanceof Text) {
      const index = this.nodes.indexOf(container);
      return index < 0 ? this.text.length : this.starts[index]! + offset;
    }
    // Between two children: where the first text at or after that place begins.
    const next = container.childNodes[offset];
    const index = this.nodes.findIndex((node) =>
      next
        ? next.contains(node) || (next.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
        : !container.contains(node) &&
          (container.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
    );
    return index < 0 ? this.text.length : this.starts[index]!;
  }

  /** The node that holds a character, by bisection. */
  private at(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** In the order of the text; of two at one place the longer first. */
export function inOrder(spans: readonly Span[]): Span[] {
  return [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** How many ways of marking there are; see highlights.css. */
export const COLOURS = 8;

/** Every flag of the project has its colour and line; without a flag it is the last. */
export function colourOf(flag: string | null, flags: readonly string[]): number {
  const index = flag === null ? -1 : flags.indexOf(flag);
  return index < 0 ? COLOURS - 1 : index % (COLOURS - 1);
}
