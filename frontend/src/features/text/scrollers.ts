/** Tables, code and formulas that scroll inside themselves can be scrolled by key too. */

/** Keeps every such element in the tab order exactly while it has something to scroll. */
export function reachableScrollers(root: HTMLElement): (() => void) | undefined {
  if (typeof ResizeObserver === "undefined") return undefined;
  const found = root.querySelectorAll<HTMLElement>("pre, .scroller, .formula");
  if (found.length === 0) return undefined;
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const element = target as HTMLElement;
      const wide = element.scrollWidth > element.clientWidth + 1;
      element.toggleAttribute("data-wide", wide);
      if (wide) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    }
  });
  for (const element of found) observer.observe(element);
  return () => observer.disconnect();
}
