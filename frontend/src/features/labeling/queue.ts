/**
 * The labeler's next piece of work: one on screen, one prefetched behind it. Says which slots this
 * person's tabs hold, so that the server hands out none of them twice; asks again while there is
 * nothing. With the server away it goes on with what the journal has.
 */

import { isArchived, isPassing, Problem } from "@/lib/http";
import { afterPaint } from "@/lib/paint";
import { Store } from "@/lib/store";
import type { Assignment } from "./api";
import type { Journal } from "./journal";
import type { Tabs } from "./tabs";

/** `elsewhere`: what there is, another tab of this person has. */
export type Phase = "loading" | "working" | "empty" | "failed" | "elsewhere";

export interface QueueState {
  phase: Phase;
  current: Held | null;
  next: Held | null;
  error: unknown;
  /** Slots of this project in other tabs, as of the last look. */
  inOtherTabs: readonly string[];
  /** Another tab took the work over from this one. */
  wasTaken: boolean;
}

/** An assignment and when, by this machine's clock, its lease ends. */
export interface Held {
  assignment: Assignment;
  leaseEnds: number;
}

export interface QueueServer {
  claim: (holding: string[]) => Promise<Assignment | null>;
  heartbeat: (slot: string, token: string) => Promise<void>;
}

const POLL_MS = 15_000;
const RETRY_MS = 3_000;
const HOLDING_MAX = 9; // as many as a claim may name
const RACES_MAX = 3;
const DAY_MS = 24 * 3600 * 1000;

export class WorkQueue extends Store<QueueState> {
  private filling = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;

  constructor(
    private readonly projectId: string,
    private readonly server: QueueServer,
    private readonly journal: Journal,
    private readonly tabs: Tabs,
    private readonly unsentSlots: () => string[],
  ) {
    super({
      phase: "loading",
      current: null,
      next: null,
      error: null,
      inOtherTabs: [],
      wasTaken: false,
    });
    tabs.onTaken = (slot) => this.taken(slot);
  }

  start(): void {
    this.stopped = false;
    void this.fill();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const slot of this.mine()) this.tabs.release(slot);
  }

  /** The current item is finished with: show the prefetched one, fetch another. */
  advance(): void {
    const { current, next } = this.state;
    const fresh = next && next.leaseEnds > Date.now() ? next : null;
    if (current) this.letGo(current);
    if (next && !fresh) this.tabs.release(next.assignment.slot_id); // the journal still knows it
    this.set({ current: fresh, next: null, phase: fresh ? "working" : "loading", error: null });
    if (fresh) afterPaint(() => void this.fill());
    else void this.fill();
  }

  /** Put an item in front, e.g. one that was taken back. What was on screen waits behind it. */
  async putInFront(assignment: Assignment): Promise<void> {
    const slot = assignment.slot_id;
    if (!(await this.tabs.hold(slot))) await this.tabs.takeOver([slot]);
    const { current, next } = this.state;
    const front = held(assignment);
    this.remember(front);
    const isSame = current?.assignment.slot_id === slot;
    if (!isSame && current && next && next.assignment.slot_id !== slot) this.letGo(next);
    const behind = isSame ? next : (current ?? next);
    this.set({ current: front, next: behind, phase: "working", error: null, wasTaken: false });
  }

  /** Work here on what the other tabs of this person have. */
  async takeOver(): Promise<void> {
    this.set({ wasTaken: false, phase: "loading" });
    await this.tabs.takeOver(await this.tabs.elsewhere());
    await this.journal.refresh();
    await this.fill();
  }

  /** Renew the leases of what this tab holds. Resolves to the slots whose lease is gone. */
  async renew(): Promise<string[]> {
    const lost: string[] = [];
    for (const which of ["current", "next"] as const) {
      const mine = this.state[which];
      if (!mine) continue;
      const slot = mine.assignment.slot_id;
      try {
        await this.server.heartbeat(slot, mine.assignment.lease_token);
        // The item may have moved up or left the screen in the meantime.
        const now = this.state[which];
        if (now?.assignment.slot_id === slot) this.set({ [which]: held(now.assignment) });
      } catch (error) {
        if (isPassing(error) || !(error instanceof Problem) || error.status === 401) continue;
        if (isArchived(error)) continue; // at rest, and still mine when it is restored
        if (which === "next") {
          if (this.state.next === mine) this.set({ next: null });
          this.letGo(mine);
        } else lost.push(slot);
      }
    }
    return lost;
  }

  async fill(): Promise<void> {
    clearTimeout(this.timer);
    if (this.filling || this.stopped || this.state.wasTaken) return;
    this.filling = true;
    try {
      let races = 0;
      while (!this.isStopped() && !(this.state.current && this.state.next)) {
        const inOtherTabs = await this.tabs.elsewhere();
        const assignment = await this.server.claim(this.holding(inOtherTabs));
        if (this.isStopped()) return;
        if (assignment === null) {
          this.nothing(inOtherTabs);
          return;
        }
        if (this.mine().includes(assignment.slot_id)) return;
        if (!(await this.tabs.hold(assignment.slot_id))) {
          // Another tab got the same one a moment ago: ask again, naming it.
          if (++races < RACES_MAX) continue;
          this.nothing([assignment.slot_id]);
          return;
        }
        if (this.isStopped()) {
          this.tabs.release(assignment.slot_id);
          return;
        }
        this.take(held(assignment));
      }
    } catch (error) {
      await this.failed(error);
    } finally {
      this.filling = false;
    }
  }

  private isStopped(): boolean {
    return this.stopped || this.state.wasTaken;
  }

  private take(fresh: Held): void {
    this.remember(fresh);
    if (this.state.current) this.set({ next: fresh });
    else this.set({ current: fresh, phase: "working", error: null });
  }

  private nothing(inOtherTabs: readonly string[]): void {
    if (this.state.current) return;
    const phase = inOtherTabs.length > 0 ? "elsewhere" : "empty";
    this.set({ phase, error: null, inOtherTabs });
    this.later(phase === "empty" ? POLL_MS : RETRY_MS);
  }

  private async failed(error: unknown): Promise<void> {
    // With something on screen a failed prefetch is nobody's concern: advancing asks again.
    if (this.state.current) return;
    if (isTooMany(error)) {
      const inOtherTabs = await this.tabs.elsewhere();
      if (inOtherTabs.length > 0) {
        this.nothing(inOtherTabs);
        return;
      }
    }
    if (isPassing(error) && (await this.goOnAlone())) return;
    this.set({ phase: "failed", error });
    if (isPassing(error) || isTooMany(error)) this.later(RETRY_MS);
    else if (isArchived(error)) this.later(POLL_MS);
  }

  /** The server is away: show an item that this person already has, if the journal knows one. */
  private async goOnAlone(): Promise<boolean> {
    const taken = new Set([...this.unsentSlots(), ...(await this.tabs.elsewhere())]);
    const known = this.journal
      .all("held")
      .filter((each) => each.projectId === this.projectId && each.savedAt > Date.now() - DAY_MS)
      .filter((each) => !taken.has(each.slotId))
      .sort((a, b) => this.workedOn(b.slotId) - this.workedOn(a.slotId) || a.savedAt - b.savedAt);
    for (const { slotId, assignment } of known) {
      if (this.isStopped() || !(await this.tabs.hold(slotId))) continue;
      this.set({ current: held(assignment), phase: "working", error: null });
      return true;
    }
    return false;
  }

  /** As the server hands them out again: what was worked on last first. */
  private workedOn(slot: string): number {
    return this.journal.get("draft", slot)?.savedAt ?? 0;
  }

  private taken(slot: string): void {
    const { current, next } = this.state;
    if (next?.assignment.slot_id === slot) this.set({ next: null });
    if (current?.assignment.slot_id !== slot) return;
    if (next) this.tabs.release(next.assignment.slot_id);
    clearTimeout(this.timer);
    this.set({ current: null, next: null, wasTaken: true });
  }

  private mine(): string[] {
    const { current, next } = this.state;
    return [current, next].flatMap((each) => (each ? [each.assignment.slot_id] : []));
  }

  private holding(inOtherTabs: readonly string[]): string[] {
    const all = new Set([...this.mine(), ...inOtherTabs, ...this.unsentSlots()]);
    return [...all].slice(0, HOLDING_MAX);
  }

  private remember({ assignment }: Held): void {
    const { slot_id: slotId, project_id: projectId } = assignment;
    const record = { slotId, projectId, assignment, savedAt: Date.now() };
    void this.journal.write({ put: [["held", slotId, record]] });
  }

  /** Not ours to show again; what is unsent keeps its copy until it has arrived. */
  private letGo({ assignment }: Held): void {
    const slot = assignment.slot_id;
    this.tabs.release(slot);
    if (!this.unsentSlots().includes(slot)) void this.journal.write({ drop: [["held", slot]] });
  }

  private later(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (document.visibilityState === "visible") void this.fill();
      else this.later(delay);
    }, delay);
  }
}

function isTooMany(error: unknown): boolean {
  return error instanceof Problem && error.code === "too_many_leases";
}

/** A renewed lease is as long as it was at first: no clock but ours is asked. */
function held(assignment: Assignment): Held {
  return { assignment, leaseEnds: Date.now() + assignment.lease_seconds * 1000 };
}
