/** The worker around render.ts: the page stays quick whatever a text does to the parser. */

import { render, type Rendered } from "./render";

/** A result; or a sign of life, which a worker that is busy with a text cannot give. */
export type Message = Rendered | "alive";

const HEARTBEAT_MS = 500;
const say = (message: Message) => self.postMessage(message);

self.onmessage = async (event: MessageEvent<string>) => {
  say("alive");
  const heartbeat = setInterval(() => say("alive"), HEARTBEAT_MS);
  await render(event.data, say).catch(() => say({ pieces: undefined, partial: false }));
  clearInterval(heartbeat);
};
