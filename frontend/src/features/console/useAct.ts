import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { isSignedOut } from "@/lib/http";
import { refusalOf } from "./refusals";

/**
 * Do something on the server, then read again what it changed. Keeps the failure, and the server's
 * complaint about each field.
 */
export function useAct(changed: readonly QueryKey[]) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);

  const act = useCallback(
    async <T>(effect: () => Promise<T>): Promise<T | undefined> => {
      setBusy(true);
      setError(null);
      setDone(false);
      try {
        const result = await effect();
        await Promise.all(changed.map((queryKey) => client.invalidateQueries({ queryKey })));
        setDone(true);
        return result;
      } catch (failure) {
        const signedOut = isSignedOut(failure);
        if (signedOut) await client.invalidateQueries({ queryKey: ["me"] });
        // Where nobody is signed in, a dialog over the page says so; the form has nothing to say of it.
        if (!signedOut || !isSignedOut(client.getQueryState(["me"])?.error)) setError(failure);
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    // The keys are written out at every call; their content is what counts.
    [client, JSON.stringify(changed)],
  );

  const fieldError = (field: string) => refusalOf(error, field);

  return { act, busy, done, error, fieldError };
}
