/** Who is signed in. Inside <SignedIn> `useMe` always has an answer. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, lazy, Suspense, useContext, useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { paths } from "@/config/paths";
import { usePreferencesOf } from "@/features/preferences/usePreferences";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Centered } from "@/ui/Centered";
import { endSession, readMe, type Me } from "./api";

// Asked for at once, beside the question who is signed in.
const arriving = import("@/features/labeling/WorkplaceOf");
const WorkplaceOf = lazy(() => arriving);
const MeContext = createContext<Me | null>(null);

const CHANNEL = "tiebreak.session";

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

/** The pages behind sign-in. */
export function SignedIn() {
  const { t } = useText();
  const location = useLocation();
  const me = useQuery({ queryKey: ["me"], queryFn: readMe, staleTime: 60_000, retry: 1 });
  usePreferencesOf(me.data);
  useOtherTabs();
  if (me.error instanceof Problem && me.error.status === 401) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`${paths.signIn}?next=${next}`} replace />;
  }
  if (me.data) {
    return (
      <MeContext value={me.data}>
        <Suspense fallback={<Centered>{null}</Centered>}>
          <WorkplaceOf key={me.data.id} userId={me.data.id}>
            <Outlet />
          </WorkplaceOf>
        </Suspense>
      </MeContext>
    );
  }
  if (me.isError) {
    return (
      <Centered>
        <p>{t("common.unreachable")}</p>
        <Button onClick={() => void me.refetch()}>{t("common.tryAgain")}</Button>
      </Centered>
    );
  }
  return <Centered>{null}</Centered>;
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

