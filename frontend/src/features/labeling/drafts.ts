/**
 * Unfinished work, kept twice: on this device at once, on the server a moment later. After a reload
 * whichever holds the later change wins.
 */

import { Problem } from "@/lib/http";
import { forget, load, save } from "@/lib/storage";

export interface DraftServer {
  /** Resolves to the new revision; throws Problem 409 with the stored revision in its details. */
  put: (revision: number, payload: object) => Promise<number>;
}

interface LocalDraft {
  payload: object;
  /** The server has not confirmed this one. */
  unsaved: boolean;
  savedAt: number;
}

const DELAY_MS = 800;
const KEPT_FOR_MS = 14 * 24 * 3600 * 1000;

export class DraftSaver {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pending: object | undefined;
  private busy = false;

  constructor(
    private readonly server: DraftServer,
    private readonly key: string,
    private revision: number,
  ) {}

  save(payload: object): void {
    this.pending = payload;
    save(this.key, { payload, unsaved: true, savedAt: Date.now() } satisfies LocalDraft);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), DELAY_MS);
  }

  /** Leave what is stored alone; nothing more will be sent. */
  stop(): void {
    clearTimeout(this.timer);
    this.pending = undefined;
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.pending !== undefined) {
        const payload = this.pending;
        this.pending = undefined;
        await this.put(payload);
        if (this.pending === undefined) {
          save(this.key, { payload, unsaved: false, savedAt: Date.now() } satisfies LocalDraft);
        }
      }
    } catch {
      // The device has it; the next change tries again.
    } finally {
      this.busy = false;
    }
  }

  /** The last writer wins: after a conflict the same content is put on top of what is stored. */
  private async put(payload: object): Promise<void> {
    try {
      this.revision = await this.server.put(this.revision, payload);
    } catch (error) {
      const stored = error instanceof Problem ? storedRevision(error) : undefined;
      if (stored === undefined) throw error;
      this.revision = await this.server.put(stored, payload);
    }
  }
}

/** What to start from: the device's copy where the server has not confirmed it, else the server's. */
export function startingDraft(key: string, server: unknown): unknown {
  const local = load(key) as Partial<LocalDraft> | undefined;
  if (local?.unsaved && typeof local.payload === "object") return local.payload;
  return server ?? (typeof local?.payload === "object" ? local.payload : undefined);
}

export function forgetDraft(key: string): void {
  forget(key);
}

export function forgetOldDrafts(keys: readonly string[]): void {
  for (const key of keys) {
    const local = load(key) as Partial<LocalDraft> | undefined;
    if (!local?.savedAt || local.savedAt < Date.now() - KEPT_FOR_MS) forget(key);
  }
}

function storedRevision(problem: Problem): number | undefined {
  if (problem.code !== "stale_draft") return undefined;
  const { draft } = problem.details as { draft?: { revision?: unknown } | null };
  return typeof draft?.revision === "number" ? draft.revision : 0;
}
