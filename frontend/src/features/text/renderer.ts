/** The worker that renders, and its end when a text keeps it busy for too long. */

import type { Rendered } from "./render";
import type { Message } from "./render.worker";

/** Its code could not be fetched, or the text took all its time. */
export type Fault = "unreachable" | "too slow";

const TIME_LIMIT_MS = 5_000;

let worker: Worker | undefined;
let started = false;

/** Render one text; one at a time. The limit is on work: waiting for the network does not count. */
export function ask(text: string, failed: (fault: Fault) => void, give: (rendered: Rendered) => void): void {
  const asked = warmUp();
  let limit: ReturnType<typeof setTimeout> | undefined;
  const stop = (fault: Fault) => {
    clearTimeout(limit);
    asked.terminate();
    worker = undefined;
    failed(fault);
  };
  const wait = () => {
    clearTimeout(limit);
    limit = setTimeout(() => stop("too slow"), TIME_LIMIT_MS);
  };
  asked.onerror = () => stop("unreachable");
  asked.onmessage = ({ data }: MessageEvent<Message>) => {
    started = true;
    if (data === "alive") return wait();
    if (data.partial) wait();
    else clearTimeout(limit);
    give(data);
    return undefined;
  };
  asked.postMessage(text);
  if (started) wait();
}

/** Fetch and start the worker while the page still waits for its first text. */
export function warmUp(): Worker {
  if (!worker) {
    worker = new Worker(new URL("./render.worker.ts", import.meta.url), { type: "module" });
    started = false;
  }
  return worker;
}
