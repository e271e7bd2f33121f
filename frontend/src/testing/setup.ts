/** What jsdom lacks. */
import { ThreadWorker } from "./worker";

Object.defineProperty(globalThis, "Worker", { value: ThreadWorker });
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});
