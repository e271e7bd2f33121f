/** Work that can wait until what was just drawn is seen. */

const AT_THE_LATEST_MS = 100; // a page that is not in sight draws no frames

export function afterPaint(work: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    work();
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, AT_THE_LATEST_MS);
}
