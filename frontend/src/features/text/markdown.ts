/**
 * Text written by a model or a stranger, made safe to look at. Raw HTML shows as the text it is,
 * images become chips and are never fetched, links show their host, and characters that hide or
 * reorder text are made visible. What comes out has been through DOMPurify.
 */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { makeVisible } from "./characters";

const markdown = new MarkdownIt("default", { html: false, linkify: false, breaks: true });
markdown.use(cjkFriendly);
markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]!;
  const source = token.attrGet("src") ?? "";
  const words = [token.content, hostOf(source)].filter(Boolean).join(" · ");
  return `<span class="imageChip">🖼 ${escape(words)}</span>`;
};
markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]!;
  token.attrSet("rel", "noopener noreferrer nofollow");
  token.attrSet("target", "_blank");
  token.attrSet("referrerpolicy", "no-referrer");
  return self.renderToken(tokens, index, options);
};
markdown.renderer.rules.link_close = (tokens, index, options, _env, self) => {
  const host = hostOf(opening(tokens, index)?.attrGet("href") ?? "");
  const shown = host ? ` <span class="linkHost">(${escape(host)})</span>` : "";
  return shown + self.renderToken(tokens, index, options);
};
// The visible form of hidden characters is markup, so it goes in where text is written out.
markdown.renderer.rules.text = (tokens, index) => visible(tokens[index]!.content);
markdown.renderer.rules.code_inline = (tokens, index, _options, _env, self) =>
  `<code${self.renderAttrs(tokens[index]!)}>${visible(tokens[index]!.content)}</code>`;
markdown.renderer.rules.code_block = (tokens, index) =>
  `<pre><code>${visible(tokens[index]!.content)}</code></pre>`;
markdown.renderer.rules.fence = markdown.renderer.rules.code_block;

type Tokens = ReturnType<MarkdownIt["parse"]>;

function opening(tokens: Tokens, close: number): Tokens[number] | undefined {
  const level = tokens[close]!.level;
  for (let at = close - 1; at >= 0; at--) {
    const token = tokens[at]!;
    if (token.type === "link_open" && token.level === level) return token;
  }
  return undefined;
}

const escape = (text: string): string => markdown.utils.escapeHtml(text);

function visible(text: string): string {
  return makeVisible(text)
    .map((part) =>
      part.hidden
        ? `<span class="hiddenChar" title="${part.hidden}">${escape(part.text)}</span>`
        : escape(part.text),
    )
    .join("");
}

function hostOf(address: string): string {
  try {
    const url = new URL(address);
    return url.host || url.protocol.replace(/:$/, "");
  } catch {
    return "";
  }
}

const ALLOWED = {
  ALLOWED_TAGS: (
    "p br hr h1 h2 h3 h4 h5 h6 strong em s code pre blockquote ul ol li a span " +
    "table thead tbody tr th td"
  ).split(" "),
  ALLOWED_ATTR: ["href", "rel", "target", "referrerpolicy", "class", "title", "start"],
  // DOMPurify holds every other attribute against the pattern for addresses.
  ADD_URI_SAFE_ATTR: ["rel", "target", "referrerpolicy", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** HTML that is safe to insert. */
export function renderMarkdown(source: string): string {
  return DOMPurify.sanitize(markdown.render(source), ALLOWED);
}
