/**
 * Several tabs of one person on one machine. A tab holds a lock of the browser on each slot it works
 * on: others see it and ask the server for something else, unless the labeler takes the work over
 * there; a tab that is closed or dies lets go by itself. Without locks (a page served over plain
 * http) every tab stands alone, and the server's rules still keep the judgments apart.
 */

export interface Tabs {
  /** False when another tab has it. */
  hold: (slot: string) => Promise<boolean>;
  release: (slot: string) => void;
  /** Slots of this project that other tabs have. */
  elsewhere: () => Promise<string[]>;
  /** Take these from the tabs that have them. */
  takeOver: (slots: readonly string[]) => Promise<void>;
  /** Called when another tab took a slot from this one. */
  onTaken: ((slot: string) => void) | null;
}

export function openTabs(user: string, project: string): Tabs {
  return navigator.locks ? new LockedTabs(`tiebreak.slot.${user}.${project}.`) : new LoneTab();
}

/** One at a time over all tabs of one person. */
export function aloneAs(user: string): (act: () => Promise<void>) => Promise<void> {
  return async (act) => {
    if (!navigator.locks) return act();
    await navigator.locks.request(`tiebreak.send.${user}`, act);
  };
}

class LockedTabs implements Tabs {
  onTaken: ((slot: string) => void) | null = null;
  private readonly mine = new Map<string, () => void>();

  constructor(private readonly prefix: string) {}

  hold(slot: string): Promise<boolean> {
    return this.mine.has(slot) ? Promise.resolve(true) : this.request(slot, { ifAvailable: true });
  }

  release(slot: string): void {
    this.mine.get(slot)?.();
    this.mine.delete(slot);
  }

  async elsewhere(): Promise<string[]> {
    const { held = [] } = await navigator.locks.query();
    return held.flatMap(({ name = "" }) => {
      const slot = name.startsWith(this.prefix) ? name.slice(this.prefix.length) : "";
      return slot && !this.mine.has(slot) ? [slot] : [];
    });
  }

  async takeOver(slots: readonly string[]): Promise<void> {
    for (const slot of slots) await this.request(slot, { steal: true });
  }

  private request(slot: string, options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      const keep = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null);
        if (!lock) return undefined;
        return new Promise((letGo) => this.mine.set(slot, letGo));
      };
      navigator.locks.request(this.prefix + slot, options, keep).catch(() => {
        resolve(false);
        if (this.mine.delete(slot)) this.onTaken?.(slot);
      });
    });
  }
}

class LoneTab implements Tabs {
  onTaken: ((slot: string) => void) | null = null;
  hold = () => Promise.resolve(true);
  release = () => undefined;
  elsewhere = () => Promise.resolve([]);
  takeOver = () => Promise.resolve();
}
