/** State outside React that React can watch. */

import { useSyncExternalStore } from "react";

export class Store<State extends object> {
  private readonly watchers = new Set<() => void>();

  constructor(private current: State) {}

  get state(): State {
    return this.current;
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  protected set(change: Partial<State>): void {
    this.current = { ...this.current, ...change };
    for (const watcher of this.watchers) watcher();
  }
}

export function useStore<State extends object>(store: Store<State>): State {
  return useSyncExternalStore(store.watch, () => store.state);
}

/** One thing of it: what else changes draws nothing anew. */
export function usePart<State extends object, Key extends keyof State>(
  store: Store<State>,
  key: Key,
): State[Key] {
  return useSyncExternalStore(store.watch, () => store.state[key]);
}
