/**
 * The labeler's next piece of work: one on screen, one prefetched behind it. Says which slots this
 * tab holds, so that the server hands out neither of them twice; asks again while there is nothing.
 */

import { isPassing, Problem } from "@/lib/http";
import { Store } from "@/lib/store";
import type { Assignment } from "./api";

export type Phase = "loading" | "working" | "empty" | "failed";

export interface QueueState {
  phase: Phase;
  current: Held | null;
  next: Held | null;
  error: unknown;
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

export class WorkQueue extends Store<QueueState> {
  private filling = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(
    private readonly server: QueueServer,
    private readonly unsentSlots: () => string[],
  ) {
    super({ phase: "loading", current: null, next: null, error: null });
  }

  start(): void {
    this.stopped = false;
    void this.fill();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** The current item is finished with: show the prefetched one, fetch another. */
  advance(): void {
    const { next } = this.state;
    const fresh = next && next.leaseEnds > Date.now() ? next : null;
    this.set({ current: fresh, next: null, phase: fresh ? "working" : "loading", error: null });
    void this.fill();
  }

  /** Put an item in front, e.g. one that was taken back. What was on screen waits behind it. */
  putInFront(assignment: Assignment): void {
    const { current, next } = this.state;
    const front = held(assignment);
    const behind = current?.assignment.slot_id === assignment.slot_id ? next : (current ?? next);
    this.set({ current: front, next: behind, phase: "working", error: null });
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
        if (which === "next") this.set({ next: null });
        else lost.push(slot);
      }
    }
    return lost;
  }

  async fill(): Promise<void> {
    clearTimeout(this.timer);
    if (this.filling || this.stopped) return;
    this.filling = true;
    try {
      while (!this.stopped && !(this.state.current && this.state.next)) {
        const assignment = await this.server.claim(this.holding());
        if (this.stopped) return;
        if (assignment === null) {
          if (!this.state.current) {
            this.set({ phase: "empty", error: null });
            this.later(POLL_MS);
          }
          return;
        }
        if (this.holding().includes(assignment.slot_id)) return;
        if (this.state.current) this.set({ next: held(assignment) });
        else this.set({ current: held(assignment), phase: "working", error: null });
      }
    } catch (error) {
      // With something on screen a failed prefetch is nobody's concern: advancing asks again.
      if (!this.state.current) {
        this.set({ phase: "failed", error });
        if (isPassing(error) || isTooMany(error)) this.later(RETRY_MS);
      }
    } finally {
      this.filling = false;
    }
  }

  private holding(): string[] {
    const mine = [this.state.current, this.state.next].flatMap((each) =>
      each ? [each.assignment.slot_id] : [],
    );
    return [...new Set([...mine, ...this.unsentSlots()])];
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
