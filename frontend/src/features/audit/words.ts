import type { Text, TextKey } from "@/lib/i18n";

/** What an act of the audit trail is called; its code where it has no words. */
export function actName(t: Text, action: string): string {
  return named(t, `audit.act.${action}`, action);
}

/** What kind of object an act was about. */
export function objectKind(t: Text, type: string): string {
  return named(t, `audit.kind.${type}`, type);
}

function named(t: Text, key: string, code: string): string {
  const words = t(key as TextKey);
  return words === key ? code : words;
}
