/**
 * How the person wants their screen: the server's value, kept on this device so that the next page
 * has it before anybody is asked. A change is seen at once and sent until the server has it.
 */

import type { Schemas } from "@/api/client";
import { isPassing } from "@/lib/http";
import { load, save } from "@/lib/storage";
import { Store } from "@/lib/store";

export type Preferences = Schemas["MyPreferences"];
export type Colours = "light" | "dark";

export interface PreferencesState {
  preferences: Preferences;
  /** What `theme` comes to on this device. */
  colours: Colours;
}

/** `theme` and `text_size` are read by public/look.js too. */
interface Kept {
  user: string;
  value: Preferences;
  /** The part of the value that the server has not confirmed. */
  unsent: Partial<Preferences>;
}

export const KEPT_UNDER = "tiebreak.preferences";

/** The server's own values for somebody who chose nothing. */
export const AT_FIRST: Preferences = {
  keys: {},
  break_minutes: 50,
  columns: null,
  panes: false,
  sync_scroll: false,
  theme: "system",
  text_size: "m",
};

export class PreferencesStore extends Store<PreferencesState> {
  private kept: Kept;
  private sending = false;

  constructor(private readonly send: (change: Partial<Preferences>) => Promise<unknown>) {
    const kept = readKept();
    super({ preferences: kept.value, colours: coloursFor(kept.value) });
    this.kept = kept;
  }

  /** What the server says about the person who is signed in now. */
  adopt(user: string, value: Preferences): void {
    const unsent = this.kept.user === user ? this.kept.unsent : {};
    this.keep({ user, value: { ...AT_FIRST, ...value, ...unsent }, unsent });
    void this.flush();
  }

  change(part: Partial<Preferences>): void {
    const { user, value, unsent } = this.kept;
    this.keep({ user, value: { ...value, ...part }, unsent: { ...unsent, ...part } });
    void this.flush();
  }

  /** Another tab changed something, or the device changed its colours. */
  look(): void {
    this.kept = readKept();
    this.show();
  }

  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      while (Object.keys(this.kept.unsent).length > 0) {
        const part = this.kept.unsent;
        try {
          await this.send(part);
        } catch (error) {
          if (isPassing(error)) return; // tried again when something changes or the network is back
        }
        this.keep({ ...this.kept, unsent: without(this.kept.unsent, part) });
      }
    } finally {
      this.sending = false;
    }
  }

  private keep(kept: Kept): void {
    this.kept = kept;
    save(KEPT_UNDER, kept);
    this.show();
  }

  private show(): void {
    const { value } = this.kept;
    const colours = coloursFor(value);
    document.documentElement.dataset.theme = colours;
    document.documentElement.dataset.textSize = value.text_size ?? "m";
    this.set({ preferences: value, colours });
  }
}

function coloursFor({ theme }: Preferences): Colours {
  if (theme === "light" || theme === "dark") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function readKept(): Kept {
  const found = load(KEPT_UNDER) as Partial<Kept> | null | undefined;
  return {
    user: typeof found?.user === "string" ? found.user : "",
    value: { ...AT_FIRST, ...found?.value },
    unsent: { ...found?.unsent },
  };
}

/** What changed again while it was being sent is still unsent. */
function without(unsent: Partial<Preferences>, sent: Partial<Preferences>): Partial<Preferences> {
  const left = Object.entries(unsent).filter(([name, value]) => sent[name as keyof Preferences] !== value);
  return Object.fromEntries(left);
}
