/**
 * What a person did on this device and the server may not have yet: unfinished drafts, finished
 * judgments, the items they belong to. Each change is written here before anything is sent.
 *
 * Records live in IndexedDB; where the browser refuses, in localStorage; where that refuses too, in
 * this tab's memory, and `keeping` says so. A journal belongs to one person: another one who signs
 * in on the same machine neither sees nor sends what is in it. It knows nothing of servers.
 */

import { openDatabase, readRecords, writeRecords, type Change } from "@/lib/database";
import { forget, keysUnder, load, save } from "@/lib/storage";
import { Store } from "@/lib/store";
import type { Assignment, JudgmentBody } from "./api";

export interface DraftRecord {
  slotId: string;
  projectId: string;
  /** The screen's own JSON. */
  payload: object;
  /** The server's revision that this was built on, 0 for none. */
  base: number;
  /** What went to the server last: it may have arrived without our knowing. */
  sent: object | null;
  /** The server has not confirmed this payload. */
  unsaved: boolean;
  savedAt: number;
}

export interface Unsent {
  clientUuid: string;
  slotId: string;
  projectId: string;
  body: JudgmentBody;
  madeAt: number;
  attempts: number;
  /** The draft as it stood, to put the screen back as it was. */
  draft: DraftRecord | null;
  /** The project was archived at the latest try: this one goes when it is restored. */
  archived?: boolean;
  /** Set when the server refused for good; the labeler decides what becomes of it. */
  refused?: { code: string; message: string };
}

/** An item in this person's hands, to show it again without asking the server. */
export interface HeldRecord {
  slotId: string;
  projectId: string;
  assignment: Assignment;
  savedAt: number;
}

interface Records {
  draft: DraftRecord;
  unsent: Unsent;
  held: HeldRecord;
}
export type Kind = keyof Records;

/** Where records are: on this device, in the smaller storage beside it, or in this tab alone. */
export type Keeping = "device" | "browser" | "memory";

export interface JournalState {
  ready: boolean;
  keeping: Keeping;
}

export type Entry = { [K in Kind]: readonly [kind: K, id: string, value: Records[K]] }[Kind];
export interface JournalChange {
  put?: readonly Entry[];
  drop?: readonly (readonly [kind: Kind, id: string])[];
}

const KEPT_FOR_MS = 14 * 24 * 3600 * 1000;
const TRY_AGAIN_MS = 30_000;
const LOCAL = "tiebreak.journal.";

export class Journal extends Store<JournalState> {
  /** Called when finished judgments came or went, here or in another tab. */
  onUnsent: (() => void) | null = null;
  private known = new Map<string, unknown>();
  /** Changes on their way to the disk; undefined for what is being removed. */
  private readonly writing = new Map<string, unknown>();
  /** Records that only this tab has. */
  private readonly loose = new Map<string, unknown>();
  private database: IDBDatabase | null = null;
  private connecting: Promise<void> | null = null;
  private refusedAt = -Infinity;
  private channel: BroadcastChannel | null = null;

  constructor(private readonly user: string) {
    super({ ready: false, keeping: "device" });
  }

  async open(): Promise<void> {
    if (typeof BroadcastChannel === "function" && !this.channel) {
      this.channel = new BroadcastChannel(`tiebreak.journal.${this.user}`);
      this.channel.onmessage = () => void this.refresh().then(() => this.onUnsent?.());
    }
    await this.connect();
    await this.refresh();
    this.set({ ready: true });
    this.onUnsent?.();
    this.forgetOld();
  }

  close(): void {
    this.channel?.close();
    this.channel = null;
    this.database?.close();
    this.database = null;
  }

  get<K extends Kind>(kind: K, id: string): Records[K] | undefined {
    return this.known.get(this.key(kind, id)) as Records[K] | undefined;
  }

  all<K extends Kind>(kind: K): Records[K][] {
    const prefix = this.key(kind, "");
    return [...this.known].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [value as Records[K]] : [],
    );
  }

  /** Closing this tab now would lose a judgment or a draft that nobody else has. */
  get isAtRisk(): boolean {
    const isJudgment = (value: unknown) => (value as Partial<Unsent> | undefined)?.clientUuid !== undefined;
    const isDraft = (value: unknown) => (value as Partial<DraftRecord>).unsaved === true;
    const onlyHere = [...this.loose.values()];
    return (
      onlyHere.some((value) => isJudgment(value) || isDraft(value)) ||
      [...this.writing.values()].some(isJudgment)
    );
  }

  /** Keep a change, all of it or nothing; resolves when it is as safe as this browser can make it. */
  async write(change: JournalChange): Promise<void> {
    const put = (change.put ?? []).map(([kind, id, value]) => [this.key(kind, id), value] as const);
    const drop = (change.drop ?? []).map(([kind, id]) => this.key(kind, id));
    const hasUnsent = [...(change.put ?? []), ...(change.drop ?? [])].some(([kind]) => kind === "unsent");
    for (const key of drop) this.note(key, undefined);
    for (const [key, value] of put) this.note(key, value);
    if (hasUnsent) this.onUnsent?.();
    await this.keep({ put, drop }, hasUnsent);
    for (const key of drop) this.settled(key, undefined);
    for (const [key, value] of put) this.settled(key, value);
    if (hasUnsent) this.channel?.postMessage("unsent");
  }

  /** Read everything again: other tabs write too. */
  async refresh(): Promise<void> {
    const prefix = `${this.user}/`;
    const found = this.database
      ? await readRecords(this.database, prefix).catch(() => new Map<string, unknown>())
      : new Map<string, unknown>();
    for (const name of keysUnder(LOCAL + prefix)) found.set(name.slice(LOCAL.length), load(name));
    for (const [key, value] of [...this.loose, ...this.writing]) {
      if (value === undefined) found.delete(key);
      else found.set(key, value);
    }
    this.known = found;
  }

  private key(kind: Kind, id: string): string {
    return `${this.user}/${kind}/${id}`;
  }

  private note(key: string, value: unknown): void {
    this.writing.set(key, value);
    if (value === undefined) this.known.delete(key);
    else this.known.set(key, value);
  }

  private settled(key: string, value: unknown): void {
    if (this.writing.get(key) === value) this.writing.delete(key);
  }

  private async keep(change: Required<Change>, strict: boolean): Promise<void> {
    for (let turn = 0; turn < 2; turn++) {
      try {
        if (!this.database) await this.connect();
        if (!this.database) break;
        await writeRecords(this.database, change, strict ? "strict" : "relaxed");
        this.kept(change);
        return;
      } catch (error) {
        // A database that was closed under us opens again; a full one stays full.
        if (!(error instanceof DOMException && error.name === "InvalidStateError")) break;
        this.database = null;
      }
    }
    this.keepSmall(change);
  }

  private kept({ put, drop }: Required<Change>): void {
    for (const key of [...drop, ...put.map(([name]) => name)]) {
      this.loose.delete(key);
      forget(LOCAL + key);
    }
    if (this.state.keeping !== "device" && this.loose.size === 0) this.set({ keeping: "device" });
  }

  private keepSmall({ put, drop }: Required<Change>): void {
    for (const key of drop) {
      this.loose.delete(key);
      forget(LOCAL + key);
    }
    for (const [key, value] of put) {
      if (save(LOCAL + key, value)) this.loose.delete(key);
      else this.loose.set(key, value);
    }
    this.set({ keeping: this.loose.size > 0 ? "memory" : "browser" });
  }

  private connect(): Promise<void> {
    if (performance.now() - this.refusedAt < TRY_AGAIN_MS) return Promise.resolve();
    this.connecting ??= this.openOnce().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private async openOnce(): Promise<void> {
    try {
      this.database = await openDatabase(() => {
        this.database = null;
      });
    } catch {
      this.refusedAt = performance.now();
      this.set({ keeping: save(`${LOCAL}try`, 1) ? "browser" : "memory" });
      forget(`${LOCAL}try`);
    }
  }

  /** What the server has confirmed and nobody opened for two weeks. Unsent work is never forgotten. */
  private forgetOld(): void {
    const limit = Date.now() - KEPT_FOR_MS;
    const drafts = this.all("draft").filter((draft) => !draft.unsaved && draft.savedAt < limit);
    const wanted = new Set(this.all("unsent").map((entry) => entry.slotId));
    const held = this.all("held").filter((each) => each.savedAt < limit && !wanted.has(each.slotId));
    if (drafts.length + held.length === 0) return;
    void this.write({
      drop: [
        ...drafts.map(({ slotId }) => ["draft", slotId] as const),
        ...held.map(({ slotId }) => ["held", slotId] as const),
      ],
    });
  }
}
