/** The signed-in person, and signing in. */

import { api, unwrap, type Schemas } from "@/api/client";
import { problemOf, send } from "@/lib/http";

export type Me = Schemas["Me"];
export type Membership = Schemas["MyMembership"];
export type Role = Membership["roles"][number];

export function readMe(): Promise<Me> {
  return unwrap(api.GET("/api/v1/me"));
}

export function changeMe(body: Schemas["PatchedMeChangeRequest"]): Promise<Me> {
  return unwrap(api.PATCH("/api/v1/me", { body }));
}

/** The server answers 401: that is how it says that nobody is signed in any more. */
export async function endSession(): Promise<void> {
  const response = await send("/_allauth/browser/v1/auth/session", { method: "DELETE" });
  await response.text();
}

export type SignInResult =
  | { ok: true }
  | { ok: false; reason: "wrong" | "secondFactor" | "tooMany"; messages: string[] };

/** allauth's headless sign-in: 200 is in, 400 is wrong, 401 means that a further step is wanted. */
export async function signIn(username: string, password: string): Promise<SignInResult> {
  const identifier = username.includes("@") ? { email: username } : { username };
  const response = await send("/_allauth/browser/v1/auth/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...identifier, password }),
  });
  // Read to the end even where nothing of it is wanted: an unread answer keeps its connection.
  const body = (await response.json().catch(() => null)) as {
    errors?: { message: string; code: string }[];
  } | null;
  if (response.ok || response.status === 409) return { ok: true };
  if (response.status === 401) return { ok: false, reason: "secondFactor", messages: [] };
  const errors = body?.errors ?? [];
  const tooMany = response.status === 429 || errors.some((e) => e.code === "too_many_login_attempts");
  if (tooMany) return { ok: false, reason: "tooMany", messages: [] };
  if (response.status === 400) {
    return { ok: false, reason: "wrong", messages: errors.map((error) => error.message) };
  }
  throw await problemOf(response, body);
}
