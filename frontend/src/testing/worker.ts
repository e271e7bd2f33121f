/** jsdom has no workers: this one renders texts in the thread of the tests. */

import { render } from "@/features/text/render";
import type { Message } from "@/features/text/render.worker";

export class ThreadWorker {
  onmessage: ((event: { data: Message }) => void) | null = null;

  postMessage(text: string): void {
    void render(text, (data) => this.onmessage?.({ data }));
  }

  terminate(): void {
    this.onmessage = null;
  }
}
