/**
 * Much work in small parts: what is queued here is done a few jobs per frame, fewer where frames are
 * late, so that nine long answers that arrive together never hold up the page.
 */

const SMOOTH_MS = 25;
const LATE_MS = 50;
const MOST = 16;

const jobs = new Set<() => void>();
let perFrame = 1;
let last = 0;
let running = false;

/** Do it in one of the next frames. The returned function calls it off. */
export function inFrames(job: () => void): () => void {
  jobs.add(job);
  if (!running) {
    running = true;
    last = 0;
    requestAnimationFrame(frame);
  }
  return () => jobs.delete(job);
}

function frame(now: number): void {
  const gap = last === 0 ? LATE_MS : now - last;
  last = now;
  if (gap < SMOOTH_MS) perFrame = Math.min(MOST, perFrame * 2);
  else if (gap > LATE_MS) perFrame = Math.max(1, Math.floor(perFrame / 2));
  for (const job of [...jobs].slice(0, perFrame)) {
    jobs.delete(job);
    job();
  }
  if (jobs.size > 0) requestAnimationFrame(frame);
  else running = false;
}
