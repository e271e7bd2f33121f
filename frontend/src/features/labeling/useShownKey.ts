import { useCallback, useMemo } from "react";
import { usePreferences } from "@/features/preferences/usePreferences";
import { actionById } from "./actions";
import { shownKey, soundKeys } from "./keymap";

/** How the key of an action is written, for buttons that stand outside of a screen's actions. */
export function useShownKey(): (id: string) => string {
  const own = usePreferences().keys;
  const keys = useMemo(() => soundKeys(own), [own]);
  return useCallback((id: string) => shownKey(actionById(id), keys), [keys]);
}
