import { createContext, use, useLayoutEffect, useMemo, useRef, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { actionById, type Scope } from "./actions";
import { actionFor, shownKey, type OwnKeys } from "./keymap";

export interface Handler {
  run: () => void;
  /** Absent: it can be done. */
  enabled?: boolean;
  /** For what is on or off. */
  pressed?: boolean;
}

/** What the open screen does on each action; what is not here it cannot do. */
export type Handlers = Readonly<Record<string, Handler | undefined>>;

interface Offered {
  handlers: Handlers;
  keys: OwnKeys;
}

const Context = createContext<Offered>({ handlers: {}, keys: {} });

interface Props {
  scope: Scope;
  handlers: Handlers;
  keys: OwnKeys;
  /** A dialog is open: no key is heard. */
  silent: boolean;
  children: ReactNode;
}

/** Gives the actions of a screen to its keys, buttons and menu. */
export function ActionsProvider({ scope, handlers, keys, silent, children }: Props) {
  useActionKeys(scope, handlers, keys, silent);
  const offered = useMemo(() => ({ handlers, keys }), [handlers, keys]);
  return <Context value={offered}>{children}</Context>;
}

/** Keys for the whole page. */
export function useActionKeys(scope: Scope, handlers: Handlers, keys: OwnKeys, silent: boolean): void {
  const latest = useRef({ scope, handlers, keys });
  latest.current = { scope, handlers, keys };
  // Before the screen is painted: who sees it may press at once, and no key is lost.
  useLayoutEffect(() => {
    if (silent) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const now = latest.current;
      const action = actionFor(event, now.scope, now.keys);
      const handler = action && now.handlers[action.id];
      if (!action || !handler) return;
      event.preventDefault();
      if ((!event.repeat || action.repeats) && handler.enabled !== false) handler.run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [silent]);
}

/** An action as a button shows it; undefined where the screen cannot do it. */
export function useAction(id: string) {
  const { handlers, keys } = use(Context);
  const { t } = useText();
  const handler = handlers[id];
  if (!handler) return undefined;
  const action = actionById(id);
  return {
    id,
    run: handler.run,
    enabled: handler.enabled !== false,
    pressed: handler.pressed,
    hint: shownKey(action, keys),
    words: t(action.label),
  };
}

export function useOffered(): Offered {
  return use(Context);
}
