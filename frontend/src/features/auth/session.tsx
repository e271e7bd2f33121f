/** Who is signed in. Inside <SignedIn> `useMe` always has an answer. */

import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, Suspense, useContext, useEffect, useLayoutEffect, useRef } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { paths } from "@/config/paths";
import { usePreferencesOf } from "@/features/preferences/usePreferences";
import { chunk } from "@/lib/chunks";
import { isPassing, isSignedOut } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { forget, load, save } from "@/lib/storage";
import { Button } from "@/ui/Button";
import { Centered } from "@/ui/Centered";
import { endSession, readMe, type Me } from "./api";
import { SessionEnded } from "./SessionEnded";

export const workplace = chunk(() => import("@/features/labeling/WorkplaceOf"));
const MeContext = createContext<Me | null>(null);

const CHANNEL = "tiebreak.session";
const REMEMBERED = "tiebreak.me";
const SESSION_MS = 12 * 3600 * 1000;
const ASK_AGAIN_MS = 5_000;

/** Tell the other tabs that somebody signed in or out: they ask again who it is. */
export function announceSession(): void {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("changed");
  channel.close();
}

export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe outside <SignedIn>");
  return me;
}

/** Who is signed in; asked for before anything is drawn (see main.tsx). */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: readMe,
  staleTime: 60_000,
  retry: 1,
});

/** The pages behind sign-in. */
export function SignedIn() {
  const { t } = useText();
  const location = useLocation();
  const client = useQueryClient();
  const me = useQuery({
    ...meQuery,
    refetchInterval: ({ state }) => (state.status === "error" ? ASK_AGAIN_MS : false),
  });
  useRemembered(me.data, me.error);
  usePreferencesOf(me.data);
  useOtherTabs();
  // With the server away the person who was here last goes on with what this device has.
  const last = useRef<Me>(undefined);
  if (isPassing(me.error)) last.current ??= rememberedMe();
  const person = me.data ?? last.current;
  const isOut = isSignedOut(me.error);
  useReturn(person, isOut);
  useEscapeUnheard(isOut);
  if (isOut && !person) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`${paths.signIn}?next=${next}`} replace />;
  }
  if (person) {
    return (
      <MeContext value={person}>
        <Suspense fallback={<Centered>{null}</Centered>}>
          <workplace.Part key={person.id} userId={person.id}>
            <Outlet />
            {isOut && (
              <SessionEnded
                person={person}
                onIn={async () => {
                  announceSession();
                  await client.invalidateQueries({ queryKey: ["me"] });
                }}
              />
            )}
          </workplace.Part>
        </Suspense>
      </MeContext>
    );
  }
  if (me.errorUpdateCount > 0) {
    return (
      <Centered>
        <p>{t("common.unreachable")}</p>
        <Button onClick={() => void me.refetch()}>{t("common.tryAgain")}</Button>
      </Centered>
    );
  }
  return <Centered>{null}</Centered>;
}

/** As long as a session lasts; forgotten as soon as the server says that nobody is signed in. */
function rememberedMe(): Me | undefined {
  const kept = load(REMEMBERED) as { me?: Me; at?: number } | undefined;
  return kept?.at && Date.now() - kept.at < SESSION_MS ? kept.me : undefined;
}

function useRemembered(me: Me | undefined, error: Error | null): void {
  useEffect(() => {
    if (isSignedOut(error)) forget(REMEMBERED);
    else if (me && !error) save(REMEMBERED, { me, at: Date.now() });
  }, [me, error]);
}

/** The page goes on with its person once they are back; for somebody else nothing of it is left. */
function useReturn(person: Me | undefined, isOut: boolean): void {
  const client = useQueryClient();
  const id = person?.id;
  const first = useRef<string>(undefined);
  const wasOut = useRef(false);
  useEffect(() => {
    if (isOut) wasOut.current = true;
    if (!id || isOut) return;
    first.current ??= id;
    if (id !== first.current) window.location.reload();
    else if (wasOut.current) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
    wasOut.current = false;
  }, [client, id, isOut]);
}

/**
 * While nobody is signed in Escape does nothing: it would close dialogs of the page behind, with what was
 * typed into them. Theirs is a listener on the window too; this one is there before them.
 */
function useEscapeUnheard(isOut: boolean): void {
  const unheard = useRef(isOut);
  unheard.current = isOut;
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!unheard.current || event.key !== "Escape") return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, []);
}

function useOtherTabs(): void {
  const client = useQueryClient();
  useEffect(() => {
    if (typeof BroadcastChannel !== "function") return undefined;
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => void client.invalidateQueries({ queryKey: ["me"] });
    return () => channel.close();
  }, [client]);
}

/** Signing out forgets everything that was read from the server. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await endSession();
    forget(REMEMBERED);
    announceSession();
    client.clear();
    window.location.assign(paths.signIn);
  };
}

export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Tiebreak` : "Tiebreak";
  }, [title]);
}

