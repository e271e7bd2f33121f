/** From a text to its pieces of HTML, loading what it needs. Runs in the worker; not yet sanitised. */

import { Document, type Tools } from "./pieces";

export interface Rendered {
  /** Undefined where Markdown would lose something: the text is shown as it was written. */
  pieces: string[] | undefined;
  /** Formulas and code are still to be drawn: another one follows. */
  partial: boolean;
}

const tools: Tools = {};
const LOADERS = {
  formula: async () => (await import("./math")).formula,
  highlight: async () => (await import("./code")).highlightLines,
};

export async function render(text: string, give: (rendered: Rendered) => void): Promise<void> {
  const document = new Document(text);
  if (document.unreadable) return give({ pieces: undefined, partial: false });
  const plain = !document.needsMath && !document.needsCode;
  give({ pieces: document.pieces(), partial: !plain });
  if (plain) return undefined;
  // What cannot be fetched now stays as it was written; the next text asks again.
  await Promise.allSettled([
    document.needsMath && LOADERS.formula().then((formula) => (tools.formula ??= formula)),
    document.needsCode && LOADERS.highlight().then((highlight) => (tools.highlight ??= highlight)),
  ]);
  give({ pieces: document.pieces(tools), partial: false });
  return undefined;
}
