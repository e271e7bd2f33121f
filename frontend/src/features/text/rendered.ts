/** Rendered Markdown, kept for the texts in use; the next item is rendered ahead of its turn. */

import { renderMarkdown } from "./markdown";

const KEPT = 64;
const cache = new Map<string, string>();

export function rendered(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const html = renderMarkdown(text);
  cache.set(text, html);
  if (cache.size > KEPT) cache.delete(cache.keys().next().value!);
  return html;
}

export function renderAhead(texts: readonly string[]): void {
  const work = () => texts.forEach(rendered);
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 200);
}
