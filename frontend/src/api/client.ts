/** The typed client, from the server's own description of itself (`npm run schema`). */

import createClient from "openapi-fetch";
import { problemOf, send, Unreachable } from "@/lib/http";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ fetch: send });

interface Answer<T> {
  data?: T;
  response: Response;
}

/** The body of a good answer; throws Problem or Unreachable otherwise. */
export async function unwrap<T>(call: Promise<Answer<T> & { error?: unknown }>): Promise<T> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    // An answer that broke off, or that is none of ours: the network once more.
    throw isAbort(failure) ? failure : new Unreachable();
  });
  if (!response.ok) throw await problemOf(response, error);
  return data as T;
}

function isAbort(failure: unknown): boolean {
  return failure instanceof DOMException && failure.name === "AbortError";
}

/** A page after the first, by the address that the page before it gave; its type is the same. */
export async function followingPage<Page>(address: string): Promise<Page> {
  const { pathname, search } = new URL(address, window.location.origin);
  const response = await send(pathname + search);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Page;
}
