/** The page in times when the server does not answer: kept by a service worker, reloaded afterwards. */

const RELOADED = "tiebreak.reloaded";
const BETWEEN_RELOADS_MS = 20_000;
const ASK_MS = 3_000;

/** See public/sw.js for what it keeps. Where the browser has none, there is nothing to do. */
export function keepPage(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  void (async () => {
    await navigator.serviceWorker.register("/sw.js");
    const { active } = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
    active?.postMessage({ files });
  })().catch(() => undefined);
}

/** Part of the page is missing: begin anew as soon as the server answers. Returns how to stop. */
export function reloadWhenBack(): () => void {
  const timer = setInterval(() => {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - last < BETWEEN_RELOADS_MS) return;
    void fetch("/healthz", { cache: "no-store" }).then(
      (answer) => {
        if (!answer.ok) return;
        sessionStorage.setItem(RELOADED, String(Date.now()));
        window.location.reload();
      },
      () => undefined,
    );
  }, ASK_MS);
  return () => clearInterval(timer);
}

/** A file of the page did not come: the server is away, or a newer build took its place. */
export function isMissingPart(error: unknown): boolean {
  return error instanceof TypeError && /module|import/i.test(error.message);
}
