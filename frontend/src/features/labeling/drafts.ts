/**
 * Unfinished work, kept twice: in the journal of this device at once, on the server a moment later.
 *
 * A draft remembers which revision of the server's it was built on. Where another device went on
 * from the same item meanwhile, neither version is thrown away: the labeler is asked which one to
 * go on with (`Clash`).
 */

import { isPassing, Problem } from "@/lib/http";
import { sameJson } from "@/lib/json";
import { Store } from "@/lib/store";
import type { Assignment } from "./api";
import type { DraftRecord, Journal } from "./journal";

export interface DraftServer {
  /** Resolves to the new revision; throws Problem 409 with the stored draft in its details. */
  put: (assignment: Assignment, revision: number, payload: object) => Promise<number>;
}

interface Stored {
  revision: number;
  payload: unknown;
}

/** The server holds a version of this slot that was made elsewhere. */
export interface Clash {
  slotId: string;
  theirs: Stored;
}

const DELAY_MS = 800;
const RETRY_MS = 5_000;

/** The drafts of one tab. `clash` concerns the item on screen. */
export class DraftDesk extends Store<{ clash: Clash | null; turn: number }> {
  private saver: DraftSaver | null = null;

  constructor(
    private readonly server: DraftServer,
    private readonly journal: Journal,
  ) {
    super({ clash: null, turn: 0 });
  }

  /** The saver of the item that comes on screen; the one before it has nothing more to say. */
  open(assignment: Assignment): DraftSaver {
    const saver = new DraftSaver(this.server, this.journal, assignment);
    saver.onClash = (clash) => {
      if (this.saver === saver) this.set({ clash });
    };
    return saver;
  }

  /** The item is on screen now. */
  show(saver: DraftSaver): void {
    this.saver = saver;
    this.set({ clash: saver.clash });
  }

  /** The item on screen is given up, and its draft with it. */
  discard(slotId: string): void {
    this.saver?.stop();
    void this.journal.write({ drop: [["draft", slotId]] });
  }

  /** Go on with the version on this screen, or with the one made elsewhere. */
  settle(choice: "mine" | "theirs"): void {
    const { clash } = this.state;
    if (!clash || !this.saver) return;
    this.saver.settle(choice, clash.theirs);
    // Theirs is shown by building the screen anew.
    this.set({ clash: null, turn: this.state.turn + (choice === "theirs" ? 1 : 0) });
  }
}

export class DraftSaver {
  /** What to start from: an earlier draft of this slot, if any. */
  readonly start: unknown;
  clash: Clash | null = null;
  onClash: ((clash: Clash) => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private record: DraftRecord;
  private pending = false;
  private busy = false;
  private stopped = false;
  private previouslySent: object | null = null;

  constructor(
    private readonly server: DraftServer,
    private readonly journal: Journal,
    private readonly assignment: Assignment,
  ) {
    const { slot_id, project_id, draft } = assignment;
    const kept = journal.get("draft", slot_id);
    const begun = startingDraft(kept, draft);
    this.start = begun.payload;
    this.record = {
      slotId: slot_id,
      projectId: project_id,
      payload: (begun.payload as object | undefined) ?? {},
      base: begun.base,
      sent: begun.sent,
      unsaved: begun.unsaved,
      savedAt: Date.now(),
    };
    this.pending = begun.unsaved;
    if (begun.theirs) this.clash = { slotId: slot_id, theirs: begun.theirs };
  }

  /** What is in the journal for this slot now, if anything was done on it. */
  get kept(): DraftRecord | null {
    return this.journal.get("draft", this.assignment.slot_id) ?? null;
  }

  /** A change by the labeler: kept at once, sent soon. */
  save(payload: object): void {
    if (this.stopped) return;
    this.pending = true;
    this.keep({ payload, unsaved: true });
    this.sendIn(DELAY_MS);
  }

  /** The clocks went on and nothing else changed: kept, and sent with the next change. */
  touch(payload: object): void {
    if (!this.stopped) this.keep({ payload });
  }

  /** Leave what is stored alone; nothing more will be sent. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (this.busy || this.clash) return;
    this.busy = true;
    try {
      while (this.pending && !this.stopped) {
        this.pending = false;
        await this.send(this.record.payload);
      }
    } catch (error) {
      this.pending = true;
      if (isPassing(error)) this.sendIn(RETRY_MS);
    } finally {
      this.busy = false;
    }
  }

  settle(choice: "mine" | "theirs", theirs: Stored): void {
    this.clash = null;
    if (choice === "mine") {
      this.keep({ base: theirs.revision });
      void this.flush();
      return;
    }
    this.keep({ payload: theirs.payload as object, base: theirs.revision, unsaved: false });
    this.stop();
  }

  private async send(payload: object): Promise<void> {
    this.keep({ sent: payload });
    let revision: number;
    try {
      revision = await this.server.put(this.assignment, this.record.base, payload);
    } catch (error) {
      const stored = error instanceof Problem ? storedElsewhere(error) : undefined;
      if (stored === undefined) throw error;
      const ours = stored.revision === 0 || this.isOurs(stored.payload, payload);
      if (!ours) {
        this.clash = { slotId: this.assignment.slot_id, theirs: stored };
        this.onClash?.(this.clash);
        throw error;
      }
      this.record = { ...this.record, base: stored.revision };
      revision = await this.server.put(this.assignment, stored.revision, payload);
    }
    const changed = this.record.payload !== payload;
    this.keep({ base: revision, unsaved: changed && this.record.unsaved });
  }

  /** An earlier sending arrived although its answer did not, or it is what this screen began with. */
  private isOurs(stored: unknown, sending: object): boolean {
    return [sending, this.previouslySent, this.start].some((each) => each && sameJson(each, stored));
  }

  private keep(change: Partial<DraftRecord>): void {
    if (this.stopped) return;
    if (change.sent) this.previouslySent = this.record.sent;
    this.record = { ...this.record, ...change, savedAt: Date.now() };
    void this.journal.write({ put: [["draft", this.record.slotId, this.record]] });
  }

  private sendIn(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), delay);
  }
}

interface Beginning {
  payload: unknown;
  base: number;
  sent: object | null;
  unsaved: boolean;
  theirs: Stored | null;
}

/** The journal's version or the server's, whichever is later; both, where neither is. */
export function startingDraft(kept: DraftRecord | undefined, stored: Stored | null): Beginning {
  const revision = stored?.revision ?? 0;
  if (!kept) {
    return { payload: stored?.payload, base: revision, sent: null, unsaved: false, theirs: null };
  }
  const mine = { payload: kept.payload, sent: kept.sent, unsaved: kept.unsaved };
  const arrived = stored !== null && kept.sent !== null && sameJson(kept.sent, stored.payload);
  if (arrived || !stored) return { ...mine, base: revision, theirs: null };
  // What is at hand of the server's may be as old as the page.
  if (kept.base >= revision) return { ...mine, base: kept.base, theirs: null };
  if (kept.unsaved) return { ...mine, base: kept.base, theirs: stored };
  return { payload: stored.payload, base: revision, sent: null, unsaved: false, theirs: null };
}

function storedElsewhere(problem: Problem): Stored | undefined {
  if (problem.code !== "stale_draft") return undefined;
  const { draft } = problem.details as { draft?: Partial<Stored> | null };
  const revision = typeof draft?.revision === "number" ? draft.revision : 0;
  return { revision, payload: draft?.payload };
}
