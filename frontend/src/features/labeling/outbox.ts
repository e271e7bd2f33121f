/**
 * Finished judgments on their way to the server. Each carries its own id, so sending it twice stores
 * it once; each is in the journal until the server has answered, and goes out from whichever tab
 * of this person is open, one at a time.
 */

import { isArchived, isPassing, Problem } from "@/lib/http";
import { afterPaint } from "@/lib/paint";
import { Store } from "@/lib/store";
import type { Assignment, Receipt } from "./api";
import type { DraftRecord, Journal, Unsent } from "./journal";

export interface Sent {
  clientUuid: string;
  slotId: string;
  surplus: boolean;
  sentAt: number;
}

export interface OutboxState {
  unsent: readonly Unsent[];
  /** The latest one that this tab sent. */
  last: Sent | null;
  /** How many arrived while this tab was open, whoever sent them. */
  arrivals: number;
  /** Why the oldest one has not gone yet; what waits for its project says so itself. */
  waiting: "network" | "signedOut" | null;
  /** Something has been waiting long enough to be worth saying. */
  isSlow: boolean;
}

export interface OutboxServer {
  submit: (entry: Unsent) => Promise<Receipt>;
  /** Whether the session still belongs to the person whose judgments these are. */
  isMe: () => Promise<boolean>;
}

/** Runs one at a time over all tabs; see tabs.ts. */
export type Alone = (act: () => Promise<void>) => Promise<void>;

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const SLOW_MS = 2_000;

export class Outbox extends Store<OutboxState> {
  private sending = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private slowTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;

  constructor(
    private readonly server: OutboxServer,
    private readonly journal: Journal,
    private readonly alone: Alone,
  ) {
    super({ unsent: [], last: null, arrivals: 0, waiting: null, isSlow: false });
  }

  /** The journal is open. */
  start(): void {
    this.stopped = false;
    this.journal.onUnsent = () => this.read();
    window.addEventListener("online", this.retryNow);
    document.addEventListener("visibilitychange", this.whenVisible);
    this.read();
    void this.flush();
  }

  stop(): void {
    this.stopped = true;
    this.journal.onUnsent = null;
    window.removeEventListener("online", this.retryNow);
    document.removeEventListener("visibilitychange", this.whenVisible);
    clearTimeout(this.timer);
    clearTimeout(this.slowTimer);
  }

  /** Keep a finished judgment in place of its draft, then send it. */
  async add(entry: Unsent, assignment: Assignment): Promise<void> {
    const { slotId, projectId } = entry;
    const held = { slotId, projectId, assignment, savedAt: Date.now() };
    await this.journal.write({
      put: [
        ["unsent", entry.clientUuid, entry],
        ["held", slotId, held],
      ],
      drop: [["draft", slotId]],
    });
    afterPaint(() => void this.flush()); // the next item first
  }

  slots(projectId: string): string[] {
    const mine = this.state.unsent.filter((entry) => entry.projectId === projectId);
    return mine.map((entry) => entry.slotId);
  }

  /** The item as it was on screen, to show it again without asking the server. */
  assignmentOf(entry: Unsent): Assignment | undefined {
    return this.journal.get("held", entry.slotId)?.assignment;
  }

  /** Take an entry out again, because it was given up or, with its draft put back, reopened. */
  async drop(entry: Unsent, draft: DraftRecord | null = null): Promise<void> {
    await this.journal.write({
      drop: [["unsent", entry.clientUuid]],
      put: draft ? [["draft", entry.slotId, draft]] : [],
    });
  }

  forgetLast(): void {
    this.set({ last: null });
  }

  readonly retryNow = (): void => {
    clearTimeout(this.timer);
    void this.flush();
  };

  /** The server answered something else just now: what waits for it need not wait for its turn. */
  readonly nudge = (): void => {
    const { waiting, unsent } = this.state;
    if (waiting === "network" || unsent.some((each) => each.archived)) this.retryNow();
  };

  private readonly whenVisible = (): void => {
    if (document.visibilityState === "visible") this.retryNow();
  };

  private read(): void {
    const unsent = this.journal.all("unsent").sort((a, b) => a.madeAt - b.madeAt);
    const gone = this.state.unsent.filter(
      (each) => !unsent.some((entry) => entry.clientUuid === each.clientUuid),
    );
    clearTimeout(this.slowTimer);
    if (unsent.length > 0) this.slowTimer = setTimeout(() => this.set({ isSlow: true }), SLOW_MS);
    const isSlow = unsent.some((entry) => entry.attempts > 0 || entry.refused !== undefined);
    const waiting = unsent.length > 0 ? this.state.waiting : null;
    this.set({ unsent, waiting, isSlow, arrivals: this.state.arrivals + gone.length });
    this.retryLater();
  }

  /** Whoever made it: the tab that tried last may be gone. */
  private retryLater(): void {
    clearTimeout(this.timer);
    const entry = this.firstWaiting((each) => !each.archived) ?? this.firstWaiting();
    if (!entry || this.stopped) return;
    const delay = DELAYS_MS[Math.min(entry.attempts, DELAYS_MS.length - 1)]!;
    this.timer = setTimeout(this.retryNow, delay * (0.8 + 0.4 * Math.random()));
  }

  private async flush(): Promise<void> {
    if (this.stopped) return;
    if (this.sending) {
      this.again = true;
      return;
    }
    this.sending = true;
    try {
      do {
        this.again = false;
        if (this.firstWaiting()) await this.alone(() => this.sendAll());
      } while (this.again && !this.stopped);
    } finally {
      this.sending = false;
    }
  }

  private async sendAll(): Promise<void> {
    // Another tab may have sent some of them while this one waited for its turn.
    await this.journal.refresh();
    this.read();
    const tried = new Set<string>(); // a project at rest keeps nobody else's work waiting
    for (;;) {
      const entry = this.firstWaiting((each) => !tried.has(each.clientUuid));
      if (!entry || this.stopped || !(await this.sendOne(entry))) return;
      tried.add(entry.clientUuid);
    }
  }

  private firstWaiting(wanted: (each: Unsent) => boolean = () => true): Unsent | undefined {
    return this.state.unsent.find((each) => !each.refused && wanted(each));
  }

  /** True when the next one may be tried at once. */
  private async sendOne(entry: Unsent): Promise<boolean> {
    try {
      const receipt = await this.server.submit(entry);
      await this.journal.write({
        drop: [
          ["unsent", entry.clientUuid],
          ["held", entry.slotId],
        ],
      });
      const surplus = receipt.state === "surplus";
      const last = { clientUuid: entry.clientUuid, slotId: entry.slotId, surplus, sentAt: Date.now() };
      this.set({ last, waiting: null });
      return true;
    } catch (error) {
      if (!isRefusal(error)) return this.wait(entry, "network");
      if (await this.isSignedOut(error)) return this.wait(entry, "signedOut");
      if (isArchived(error)) {
        await this.keep({ ...entry, archived: true, attempts: entry.attempts + 1 });
        this.set({ waiting: null });
        return true;
      }
      const refused = { code: error.code, message: error.message };
      await this.keep({ ...entry, archived: false, refused });
      this.set({ waiting: null });
      return true;
    }
  }

  /** Nobody is signed in, or somebody else is: a refusal then says nothing about the judgment. */
  private async isSignedOut(error: Problem): Promise<boolean> {
    if (error.status === 401) return true;
    return !(await this.server.isMe().catch(() => false));
  }

  private async wait(entry: Unsent, why: "network" | "signedOut"): Promise<false> {
    await this.keep({ ...entry, archived: false, attempts: entry.attempts + 1 });
    this.set({ waiting: why });
    return false;
  }

  private async keep(entry: Unsent): Promise<void> {
    await this.journal.write({ put: [["unsent", entry.clientUuid, entry]] });
  }
}

/** What has not arrived, by what it waits for: its person's decision, its project, or its turn. */
export function byWait(unsent: readonly Unsent[]) {
  const refused = unsent.filter((entry) => entry.refused);
  const resting = unsent.filter((entry) => entry.archived);
  const held = unsent.length - refused.length - resting.length;
  return { refused, resting: resting.length, held };
}

/** Our own server said no. Whatever else happens on the way says nothing about the judgment. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && !isPassing(error) && !error.code.startsWith("http_");
}
