/** Second factor, password, sessions and single sign-on of the signed-in person. */

import { api, unwrap, type Schemas } from "@/api/client";
import { Problem, send } from "@/lib/http";

const ROOT = "/_allauth/browser/v1";

export type Session = Schemas["SessionRow"];

/** The password, or a code, is asked for again before the act may happen. */
export class AskAgain extends Error {}

interface Body {
  data?: unknown;
  meta?: Record<string, unknown>;
  errors?: { message: string; code: string; param?: string }[];
}

async function call(method: string, path: string, body?: object): Promise<Body & { status: number }> {
  const response = await send(`${ROOT}${path}`, {
    method,
    ...(body ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
  });
  const answer = (await response.json().catch(() => ({}))) as Body;
  if (response.status === 401 && answer.meta?.is_authenticated === true) throw new AskAgain();
  if (!response.ok && response.status !== 404 && response.status !== 401) {
    const errors = (answer.errors ?? []).map((one) => ({
      field: one.param ?? "",
      rule: one.code,
      message: one.message,
    }));
    throw new Problem(response.status, errors[0]?.rule ?? "invalid", errors[0]?.message ?? "", errors, {});
  }
  return { ...answer, status: response.status };
}

/** The step after the password. */
export async function sendCode(code: string): Promise<void> {
  await call("POST", "/auth/2fa/authenticate", { code });
}

export async function proveMyself(wish: { password: string } | { code: string }): Promise<void> {
  await call("POST", "password" in wish ? "/auth/reauthenticate" : "/auth/2fa/reauthenticate", wish);
}

export interface Enrolment {
  secret: string;
  svg: string;
}

/** A new secret and its picture; kept by the server until the first code proves it. */
export async function beginEnrolment(): Promise<Enrolment> {
  const { meta } = await call("GET", "/account/authenticators/totp");
  const { svg } = await unwrap(api.GET("/api/v1/me/second-factor/qr"));
  return { secret: typeof meta?.secret === "string" ? meta.secret : "", svg };
}

export async function finishEnrolment(code: string): Promise<void> {
  await call("POST", "/account/authenticators/totp", { code });
}

export async function removeFactor(): Promise<void> {
  await call("DELETE", "/account/authenticators/totp");
}

/** The codes where they were never shown, and how many are left. */
export async function readRecoveryCodes(): Promise<{ codes: string[] | null; left: number }> {
  const { data } = await call("GET", "/account/authenticators/recovery-codes");
  const found = data as { unused_codes?: string[]; unused_code_count?: number } | undefined;
  return { codes: found?.unused_codes ?? null, left: found?.unused_code_count ?? 0 };
}

export async function renewRecoveryCodes(): Promise<string[]> {
  const { data } = await call("POST", "/account/authenticators/recovery-codes");
  return (data as { unused_codes: string[] }).unused_codes;
}

export async function changePassword(current: string, next: string): Promise<void> {
  await call("POST", "/account/password/change", {
    ...(current ? { current_password: current } : {}),
    new_password: next,
  });
}

export function readSessions(): Promise<Session[]> {
  return unwrap(api.GET("/api/v1/me/sessions"));
}

export function endMySession(id: number): Promise<unknown> {
  return unwrap<unknown>(
    api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: id } } }),
  );
}

export function endOtherSessions(): Promise<unknown> {
  return unwrap<unknown>(api.DELETE("/api/v1/me/sessions"));
}

export interface Provider {
  id: string;
  name: string;
}

/** Where else one may sign in; none unless it was set up. */
export async function readProviders(): Promise<Provider[]> {
  const { data } = await call("GET", "/config");
  const found = data as { socialaccount?: { providers?: Provider[] } } | undefined;
  return found?.socialaccount?.providers ?? [];
}

export interface Identity {
  uid: string;
  display: string;
  provider: Provider;
}

export async function readIdentities(): Promise<Identity[]> {
  const { data } = await call("GET", "/account/providers");
  return (data as Identity[] | undefined) ?? [];
}

export async function unlink(identity: Identity): Promise<void> {
  await call("DELETE", "/account/providers", {
    provider: identity.provider.id,
    account: identity.uid,
  });
}
