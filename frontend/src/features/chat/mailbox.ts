/**
 * The labeler's next message: kept on this device as it is written, and, once sent, until the server
 * has it. It carries its own id, so sending it again stores it once.
 */

import { isPassing, Problem } from "@/lib/http";
import { newUuid } from "@/lib/ids";
import { Store } from "@/lib/store";
import { forget, load, save } from "@/lib/storage";
import type { Conversation } from "./api";

export interface MailState {
  text: string;
  /** On its way, across reloads. */
  sending: Message | null;
  /** Nobody answers: it will be sent again. */
  delayed: boolean;
  signedOut: boolean;
  /** The server said no, with this code. */
  refused: string | null;
}

export interface Message {
  clientUuid: string;
  text: string;
  continueWith: string | null;
}

type Send = (message: Message) => Promise<Conversation>;

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

export class Mailbox extends Store<MailState> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private busy = false;
  private stopped = false;

  constructor(
    private readonly key: string,
    private readonly send: Send,
    private readonly onArrived: (conversation: Conversation) => void,
  ) {
    const kept = load(key) as Partial<Pick<MailState, "text" | "sending">> | undefined;
    super({
      text: typeof kept?.text === "string" ? kept.text : "",
      sending: isMessage(kept?.sending) ? kept.sending : null,
      delayed: false,
      signedOut: false,
      refused: null,
    });
  }

  start(): void {
    this.stopped = false;
    window.addEventListener("online", this.retryNow);
    void this.flush();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener("online", this.retryNow);
    clearTimeout(this.timer);
  }

  write(text: string): void {
    this.set({ text, refused: null });
    this.keep();
  }

  post(continueWith: string | null): void {
    if (this.state.sending || this.state.text.trim() === "") return;
    const sending = { clientUuid: newUuid(), text: this.state.text, continueWith };
    this.attempts = 0;
    this.set({ sending, text: "", refused: null });
    this.keep();
    void this.flush();
  }

  readonly retryNow = (): void => {
    clearTimeout(this.timer);
    void this.flush();
  };

  private async flush(): Promise<void> {
    const { sending } = this.state;
    if (!sending || this.busy || this.stopped) return;
    this.busy = true;
    try {
      const conversation = await this.send(sending);
      this.set({ sending: null, delayed: false, signedOut: false });
      this.keep();
      this.onArrived(conversation);
    } catch (error) {
      this.failed(sending, error);
    } finally {
      this.busy = false;
    }
  }

  private failed(message: Message, error: unknown): void {
    const signedOut = error instanceof Problem && error.status === 401;
    if (signedOut || isPassing(error)) {
      this.set({ delayed: !signedOut, signedOut });
      const delay = DELAYS_MS[Math.min(this.attempts, DELAYS_MS.length - 1)];
      this.attempts += 1;
      clearTimeout(this.timer);
      if (!this.stopped) this.timer = setTimeout(this.retryNow, delay);
      return;
    }
    // The words go back to where they were written.
    const code = error instanceof Problem ? error.code : "unknown";
    this.set({ sending: null, text: message.text, delayed: false, signedOut: false, refused: code });
    this.keep();
  }

  private keep(): void {
    const { text, sending } = this.state;
    if (text === "" && sending === null) forget(this.key);
    else save(this.key, { text, sending });
  }
}

function isMessage(value: unknown): value is Message {
  const message = value as Partial<Message> | null | undefined;
  return typeof message?.clientUuid === "string" && typeof message.text === "string";
}
