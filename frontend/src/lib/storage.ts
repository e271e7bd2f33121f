/** The browser's storage without throwing: where it is full or forbidden, work goes on. */

/** On this device, or in this tab until it is closed. */
export type Where = "localStorage" | "sessionStorage";

export function load(key: string, where: Where = "localStorage"): unknown {
  try {
    const text = window[where].getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it was kept. */
export function save(key: string, value: unknown, where: Where = "localStorage"): boolean {
  try {
    window[where].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(key: string, where: Where = "localStorage"): void {
  try {
    window[where].removeItem(key);
  } catch {
    // Nothing to do about it.
  }
}

export function keysUnder(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
