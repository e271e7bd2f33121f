/**
 * One way to talk to the server: same-origin JSON with the CSRF header and the language of the
 * interface. Failures arrive as `Problem` (the server said no) or `Unreachable` (nobody answered).
 */

import { currentLanguage } from "./i18n";

export interface FieldError {
  field: string;
  rule: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    title: string,
    readonly errors: readonly FieldError[],
    readonly details: Readonly<Record<string, unknown>>,
  ) {
    super(title);
    this.name = "Problem";
  }

  /** Trying the very same thing again may succeed. */
  get mayPass(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

export class Unreachable extends Error {
  constructor() {
    super("the server could not be reached");
    this.name = "Unreachable";
  }
}

/** `fetch` with our headers; throws only Unreachable. */
export async function send(input: Request | string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input, { credentials: "same-origin", ...init });
  request.headers.set("Accept-Language", currentLanguage() === "zh-Hans" ? "zh-hans" : "en");
  if (!["GET", "HEAD"].includes(request.method)) {
    request.headers.set("X-CSRFToken", csrfToken());
  }
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

/** `known`: the body, where it was read already. */
export async function problemOf(response: Response, known?: unknown): Promise<Problem> {
  const body: unknown = known ?? (await response.json().catch(() => ({})));
  const record = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return new Problem(
    response.status,
    typeof record.code === "string" ? record.code : `http_${response.status}`,
    typeof record.title === "string" ? record.title : response.statusText,
    Array.isArray(record.errors) ? (record.errors as FieldError[]) : [],
    record,
  );
}

/** True for a failure that says nothing about the request itself: the network, a restart, a limit. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && error.mayPass);
}

/** True where the server knows nobody who asked. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

/** True where the project only rests: the very same thing is taken once it is restored. */
export function isArchived(error: unknown): boolean {
  return error instanceof Problem && error.code === "archived";
}

export function csrfToken(): string {
  const found = /(?:^|;\s*)(?:__Host-csrf|tiebreak_csrf)=([^;]+)/.exec(document.cookie);
  return found?.[1] ? decodeURIComponent(found[1]) : "";
}
