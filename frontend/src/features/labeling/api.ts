/** The labeling endpoints. */

import { call } from "@/api/client";

export interface Message {
  role: string;
  content: string;
}

export interface Assignment {
  slot_id: string;
  lease_token: string;
  lease_until: string;
  lease_seconds: number;
  project_id: string;
  item: { id: string; kind: "ranking" | "demonstration" | "duel" };
  prompt: { messages: Message[] };
  completions: { id: string; text: string }[];
  allow_ties: boolean;
  guideline: { id: string; number: number } | null;
  draft: { revision: number; payload: unknown } | null;
  server_time: string;
}

export interface RankingBody {
  tiers: string[][];
  unplaced: string[];
  cannot_judge: string[];
  active_ms: number;
}
export interface DemonstrationBody {
  text: string;
  active_ms: number;
}
export type JudgmentBody = (RankingBody | DemonstrationBody) & { lease_token: string };

export interface Receipt {
  id: string;
  client_uuid: string;
  state: "counted" | "surplus";
  item_id: string;
  created_at: string;
}

export const SKIP_REASONS = [
  "unclear",
  "language",
  "knowledge",
  "harmful",
  "broken",
  "other",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export function claim(project: string, holding: string[], locale: string): Promise<Assignment | null> {
  return call("POST", `/api/v1/projects/${project}/claims`, { holding, locale });
}

export function readSlot(slot: string): Promise<Assignment> {
  return call("GET", `/api/v1/slots/${slot}`);
}

/** Seconds until the renewed lease ends. */
export async function heartbeat(slot: string, leaseToken: string): Promise<number> {
  const renewed = await call<{ lease_until: string }>("POST", `/api/v1/slots/${slot}/heartbeat`, {
    lease_token: leaseToken,
  });
  return (Date.parse(renewed.lease_until) - Date.now()) / 1000;
}

export async function putDraft(
  assignment: Assignment,
  revision: number,
  payload: object,
): Promise<number> {
  const stored = await call<{ revision: number }>("PUT", `/api/v1/slots/${assignment.slot_id}/draft`, {
    lease_token: assignment.lease_token,
    revision,
    payload,
  });
  return stored.revision;
}

export function submit(slot: string, clientUuid: string, body: JudgmentBody): Promise<Receipt> {
  return call("PUT", `/api/v1/slots/${slot}/submissions/${clientUuid}`, body);
}

export function skip(
  assignment: Assignment,
  reason: SkipReason,
  note: string,
): Promise<null> {
  return call("POST", `/api/v1/slots/${assignment.slot_id}/skip`, {
    lease_token: assignment.lease_token,
    reason,
    ...(note ? { note } : {}),
  });
}

export function undoSubmission(clientUuid: string): Promise<Assignment> {
  return call("POST", `/api/v1/submissions/${clientUuid}/undo`);
}

export interface Progress {
  done_today: number;
  done_total: number;
  open_for_me_estimate: number;
  median_active_ms: number | null;
}

export function readProgress(project: string): Promise<Progress> {
  return call("GET", `/api/v1/projects/${project}/my-progress`);
}

export interface OwnJudgment {
  id: string;
  client_uuid: string;
  kind: "ranking" | "demonstration";
  state: "counted" | "surplus" | "withdrawn";
  item_id: string;
  prompt_preview: string;
  created_at: string;
  can_undo: boolean;
}

export interface Page<T> {
  next: string | null;
  previous: string | null;
  results: T[];
}

export function readOwnJudgments(project: string, page?: string): Promise<Page<OwnJudgment>> {
  return call("GET", page ?? `/api/v1/projects/${project}/my-judgments`);
}

export interface Guideline {
  id: string;
  number: number;
  text: string;
  created_at: string;
}

export function readGuideline(project: string): Promise<Guideline> {
  return call("GET", `/api/v1/projects/${project}/guidelines/latest`);
}
