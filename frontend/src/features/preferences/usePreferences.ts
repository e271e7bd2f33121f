/** The preferences of the person at this screen, for any part of it. */

import { useEffect } from "react";
import { changeMe, type Me } from "@/features/auth/api";
import { usePart } from "@/lib/store";
import { KEPT_UNDER, PreferencesStore, type Colours, type Preferences } from "./store";

const store = new PreferencesStore((preferences) => changeMe({ preferences }));

export function usePreferences(): Preferences {
  return usePart(store, "preferences");
}

/** What `theme` comes to on this device. */
export function useColours(): Colours {
  return usePart(store, "colours");
}

/** Change some of them: seen at once, sent to the server when it can be reached. */
export function changePreferences(part: Partial<Preferences>): void {
  store.change(part);
}

/** Keeps the store in step with the server, with other tabs and with the device. */
export function usePreferencesOf(me: Me | undefined): void {
  useEffect(() => {
    if (me) store.adopt(me.id, me.preferences);
  }, [me]);
  useEffect(() => {
    const look = () => store.look();
    const elsewhere = (event: StorageEvent) => {
      if (event.key === KEPT_UNDER) store.look();
    };
    const online = () => void store.flush();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", look);
    window.addEventListener("storage", elsewhere);
    window.addEventListener("online", online);
    return () => {
      scheme.removeEventListener("change", look);
      window.removeEventListener("storage", elsewhere);
      window.removeEventListener("online", online);
    };
  }, []);
}
