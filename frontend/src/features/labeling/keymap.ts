/**
 * Which key asks for which action: the keys of the list, with a person's own in their place. Keys are
 * silent while an input method composes, in text fields and with a modifier. Pure.
 */

import { ACTIONS, actionById, type Action, type Scope } from "./actions";

/** A person's own keys: action id to key. */
export type OwnKeys = Readonly<Record<string, string>>;

/** Why a key cannot be had: the action that has it, or that it is kept for something else. */
export type Refusal = { reason: "taken"; by: Action } | { reason: "reserved" };

const RESERVED = /^(?:\d|Tab|Escape|Shift|Control|Alt|Meta|CapsLock|Process|Dead|Unidentified)$/;

export function keysOf(action: Action, own: OwnKeys): readonly string[] {
  const mine = own[action.id];
  return mine === undefined ? action.keys : [mine, ...action.keys.slice(1)];
}

/** Can nothing stop this action from having the key? */
export function refusalOf(action: Action, key: string, own: OwnKeys): Refusal | undefined {
  if (action.family !== undefined || RESERVED.test(key)) return { reason: "reserved" };
  const by = ACTIONS.find(
    (other) => other.id !== action.id && meet(action, other) && keysOf(other, own).includes(key),
  );
  return by && { reason: "taken", by };
}

/** Own keys without those that clash, e.g. because the list has changed since they were chosen. */
export function soundKeys(given: OwnKeys): OwnKeys {
  const sound: Record<string, string> = {};
  for (const [id, key] of Object.entries(given)) {
    if (!ACTIONS.some((action) => action.id === id)) continue;
    const others = { ...given, [id]: actionById(id).keys[0] ?? "" };
    if (!refusalOf(actionById(id), key, others)) sound[id] = key;
  }
  return sound;
}

/** Could both be asked for at the same moment? */
function meet(one: Action, other: Action): boolean {
  if (!one.scopes || !other.scopes) return true;
  return one.scopes.some((scope) => other.scopes?.includes(scope));
}

/** The action a key press asks for, or undefined. */
export function actionFor(event: KeyboardEvent, scope: Scope, own: OwnKeys): Action | undefined {
  if (event.isComposing || event.keyCode === 229) return undefined;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  const key = keyOf(event);
  if (event.target instanceof Element && hasOwnUse(event.target, key)) return undefined;
  return ACTIONS.find(
    (action) =>
      (!action.scopes || action.scopes.includes(scope)) && keysOf(action, own).includes(key),
  );
}

export function keyOf(event: KeyboardEvent): string {
  // On layouts where digits need Shift the bare digit key must still place.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined && !event.shiftKey) return digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Enter: "↵",
  Backspace: "⌫",
  Delete: "⌦",
  " ": "␣",
};

/** A key as it is written on the screen. */
export function keySign(key: string): string {
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

export function shownKey(action: Action, own: OwnKeys): string {
  return keySign(keysOf(action, own)[0] ?? "");
}

const TEXT_FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const PRESSABLE = "button, a[href], summary, [role=button]";

function hasOwnUse(target: Element, key: string): boolean {
  if (target.closest(TEXT_FIELD)) return true;
  if (key.startsWith("Arrow") && target.closest("[role=slider]")) return true;
  return (key === "Enter" || key === " ") && target.closest(PRESSABLE) !== null;
}
