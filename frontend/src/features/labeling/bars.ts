/** Where reading begins, in pixels: `--under` of the frames, which grows with the text size. */
export function underTheBars(): number {
  return 5.625 * parseFloat(getComputedStyle(document.documentElement).fontSize);
}
