/**
 * Finished judgments on their way to the server. Each carries its own id, so sending it twice stores
 * it once; each is kept on this device until the server has answered, across reloads.
 */

import { isPassing, Problem } from "@/lib/http";
import { Store } from "@/lib/store";
import { forget, keysUnder, load, save } from "@/lib/storage";
import type { Assignment, JudgmentBody, Receipt } from "./api";

export interface Unsent {
  clientUuid: string;
  slotId: string;
  projectId: string;
  body: JudgmentBody;
  madeAt: number;
  attempts: number;
  /** Set when the server refused for good; the labeler decides what becomes of it. */
  refused?: { code: string; message: string };
}

export interface Sent {
  clientUuid: string;
  surplus: boolean;
  sentAt: number;
}

export interface OutboxState {
  unsent: readonly Unsent[];
  last: Sent | null;
  /** Why the oldest one has not gone yet. */
  waiting: "network" | "signedOut" | null;
}

export interface OutboxServer {
  submit: (entry: Unsent) => Promise<Receipt>;
}

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export class Outbox extends Store<OutboxState> {
  private sending = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  /** What was on screen when it was submitted, to show it again without asking the server. */
  private readonly assignments = new Map<string, Assignment>();

  constructor(
    private readonly server: OutboxServer,
    private readonly prefix: string,
  ) {
    const kept = keysUnder(prefix).map(load).filter(isUnsent);
    kept.sort((a, b) => a.madeAt - b.madeAt);
    super({ unsent: kept, last: null, waiting: null });
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

  add(entry: Unsent, assignment: Assignment): void {
    this.assignments.set(entry.clientUuid, assignment);
    save(this.prefix + entry.clientUuid, entry);
    this.set({ unsent: [...this.state.unsent, entry] });
    void this.flush();
  }

  slots(): string[] {
    return this.state.unsent.map((entry) => entry.slotId);
  }

  assignmentOf(clientUuid: string): Assignment | undefined {
    return this.assignments.get(clientUuid);
  }

  /** Take an entry out again: it was reopened or given up. */
  drop(clientUuid: string): void {
    forget(this.prefix + clientUuid);
    this.set({ unsent: this.state.unsent.filter((entry) => entry.clientUuid !== clientUuid) });
  }

  forgetLast(): void {
    this.set({ last: null });
  }

  readonly retryNow = (): void => {
    clearTimeout(this.timer);
    void this.flush();
  };

  private async flush(): Promise<void> {
    if (this.sending || this.stopped) return;
    this.sending = true;
    try {
      for (;;) {
        const entry = this.state.unsent.find((each) => !each.refused);
        if (!entry || this.stopped) break;
        if (!(await this.sendOne(entry))) break;
      }
    } finally {
      this.sending = false;
    }
  }

  /** True when the next one may be tried at once. */
  private async sendOne(entry: Unsent): Promise<boolean> {
    try {
      const receipt = await this.server.submit(entry);
      this.drop(entry.clientUuid);
      const last = {
        clientUuid: entry.clientUuid,
        surplus: receipt.state === "surplus",
        sentAt: Date.now(),
      };
      this.set({ last, waiting: null });
      return true;
    } catch (error) {
      const signedOut = error instanceof Problem && error.status === 401;
      if (signedOut || isPassing(error)) {
        this.replace({ ...entry, attempts: entry.attempts + 1 });
        this.set({ waiting: signedOut ? "signedOut" : "network" });
        const delay = DELAYS_MS[Math.min(entry.attempts, DELAYS_MS.length - 1)];
        clearTimeout(this.timer);
        this.timer = setTimeout(this.retryNow, delay);
        return false;
      }
      const code = error instanceof Problem ? error.code : "unknown";
      const message = error instanceof Error ? error.message : String(error);
      this.replace({ ...entry, refused: { code, message } });
      this.set({ waiting: null });
      return true;
    }
  }

  private replace(entry: Unsent): void {
    save(this.prefix + entry.clientUuid, entry);
    this.set({
      unsent: this.state.unsent.map((each) =>
        each.clientUuid === entry.clientUuid ? entry : each,
      ),
    });
  }
}

function isUnsent(value: unknown): value is Unsent {
  const entry = value as Partial<Unsent> | undefined;
  return (
    typeof entry?.clientUuid === "string" &&
    typeof entry.slotId === "string" &&
    typeof entry.body === "object"
  );
}
