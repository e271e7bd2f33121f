/** Tables, code and formulas that scroll inside themselves: by key too, and one sees that they go on. */

const SCROLLERS = "pre, .scroller, .formula";

/** Marks every such element, and keeps it in the tab order, exactly while it has something to scroll. */
export function reachableScrollers(root: HTMLElement): (() => void) | undefined {
  if (typeof ResizeObserver === "undefined") return undefined;
  const found = root.querySelectorAll<HTMLElement>(SCROLLERS);
  if (found.length === 0) return undefined;
  for (const element of found) observer().observe(element);
  return () => found.forEach((element) => observer().unobserve(element));
}

let shared: ResizeObserver | undefined;

function observer(): ResizeObserver {
  return (shared ??= observed());
}

function observed(): ResizeObserver {
  document.addEventListener("scroll", onScroll, { capture: true, passive: true });
  return new ResizeObserver((entries) => {
    const elements = entries.map((entry) => entry.target as HTMLElement);
    // All are measured before any is changed, or each would be laid out anew.
    const wide = elements.map((element) => element.scrollWidth > element.clientWidth + 1);
    const ended = elements.map(isAtEnd);
    elements.forEach((element, index) => {
      element.toggleAttribute("data-end", ended[index]);
      if (element.hasAttribute("data-wide") === wide[index]) return;
      element.toggleAttribute("data-wide", wide[index]);
      if (wide[index]) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    });
  });
}

function onScroll({ target }: Event): void {
  if (target instanceof HTMLElement && target.hasAttribute("data-wide")) {
    target.toggleAttribute("data-end", isAtEnd(target));
  }
}

/** From right to left the way scrolled is negative. */
function isAtEnd({ scrollLeft, clientWidth, scrollWidth }: HTMLElement): boolean {
  return Math.abs(scrollLeft) + clientWidth >= scrollWidth - 1;
}
