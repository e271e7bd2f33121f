/** How a form says that it cannot be sent: the person is taken to the first field that is wrong. */

import { useEffect, useRef, useState } from "react";
import { isSaidByFields } from "@/features/console/refusals";
import { Problem } from "@/lib/http";

export function useFirstWrong() {
  const form = useRef<HTMLFormElement>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (asked > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [asked]);
  return { form, goToFirstWrong: () => setAsked((times) => times + 1) };
}

/** Whether a field still holds what was sent: only then does what was said of it hold. */
export function isAsSent(field: string, sent: object, body: object): boolean {
  const value = (of: object) => field.split(".").reduce((found: unknown, part) => found?.[part as keyof typeof found], of);
  return JSON.stringify(value(sent)) === JSON.stringify(value(body));
}

/** Whether every field that was refused has been changed since, and nothing else was said. */
export function isMended(error: unknown, sent: object, body: object): boolean {
  if (!(error instanceof Problem) || !isSaidByFields(error)) return false;
  return error.errors.every(({ field }) => !isAsSent(field, sent, body));
}
