/** Tables, code and formulas that scroll inside themselves can be scrolled by key too. */

const SCROLLERS = "pre, .scroller, .formula";

/** Keeps every such element in the tab order exactly while it has something to scroll. */
export function reachableScrollers(root: HTMLElement): (() => void) | undefined {
  if (typeof ResizeObserver === "undefined") return undefined;
  const found = root.querySelectorAll<HTMLElement>(SCROLLERS);
  if (found.length === 0) return undefined;
  for (const element of found) observer().observe(element);
  return () => found.forEach((element) => observer().unobserve(element));
}

let shared: ResizeObserver | undefined;

function observer(): ResizeObserver {
  return (shared ??= new ResizeObserver((entries) => {
    const elements = entries.map((entry) => entry.target as HTMLElement);
    // All are measured before any is changed, or each would be laid out anew.
    const wide = elements.map((element) => element.scrollWidth > element.clientWidth + 1);
    elements.forEach((element, index) => {
      if (element.hasAttribute("data-wide") === wide[index]) return;
      element.toggleAttribute("data-wide", wide[index]);
      if (wide[index]) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    });
  }));
}
