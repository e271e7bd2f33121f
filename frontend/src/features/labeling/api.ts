/** The labeling endpoints. */

import { api, followingPage, unwrap, type Schemas } from "@/api/client";
import { timeZone } from "@/lib/format";

/** What a project's screen has on it. */
export type Screen = Schemas["LabelingScreen"];
export type Assignment = Schemas["Assignment"];
export type Message = Schemas["ShownMessage"];
export type Receipt = Schemas["SubmissionReceipt"];
export type RankingBody = Omit<Schemas["RankingSubmissionRequest"], "lease_token" | "supersedes">;
export type DemonstrationBody = Pick<Schemas["DemonstrationSubmissionRequest"], "text" | "active_ms">;
export type JudgmentBody = (RankingBody | DemonstrationBody) & { lease_token: string };
export type SkipReason = Schemas["SkipReason"];

export const SKIP_REASONS: readonly SkipReason[] = [
  "unclear",
  "language",
  "knowledge",
  "harmful",
  "broken",
  "other",
];

export type ReportReason = Schemas["ReportReason"];
export const REPORT_REASONS: readonly ReportReason[] = [
  "harmful",
  "private_data",
  "broken",
  "names_itself",
  "other",
];

/** A connection that hangs is as good as none. */
const PATIENCE_MS = 30_000;
const inTime = () => AbortSignal.timeout(PATIENCE_MS);

const ofProject = (project_id: string) => ({ path: { project_id } });
const ofSlot = (slot_id: string) => ({ path: { slot_id } });

/** The next piece of work, or null when there is none. */
export async function claim(
  project: string,
  holding: string[],
  locale: string,
): Promise<Assignment | null> {
  const answer = api.POST("/api/v1/projects/{project_id}/claims", {
    params: ofProject(project),
    body: { holding, locale, device: device() },
    signal: inTime(),
  });
  return (await unwrap<Assignment | undefined>(answer)) ?? null;
}

/** What the labeler points with. */
function device(): "pointer" | "touch" {
  return matchMedia("(pointer: coarse)").matches ? "touch" : "pointer";
}

export function readSlot(slot: string): Promise<Assignment> {
  return unwrap(api.GET("/api/v1/slots/{slot_id}", { params: ofSlot(slot) }));
}

export async function heartbeat(slot: string, leaseToken: string): Promise<void> {
  await unwrap(
    api.POST("/api/v1/slots/{slot_id}/heartbeat", {
      params: ofSlot(slot),
      body: { lease_token: leaseToken },
      signal: inTime(),
    }),
  );
}

export async function putDraft(
  assignment: Assignment,
  revision: number,
  payload: object,
): Promise<number> {
  const stored = await unwrap(
    api.PUT("/api/v1/slots/{slot_id}/draft", {
      params: ofSlot(assignment.slot_id),
      body: { lease_token: assignment.lease_token, revision, payload },
      signal: inTime(),
    }),
  );
  return stored.revision;
}

export function submit(slot: string, clientUuid: string, body: JudgmentBody): Promise<Receipt> {
  return unwrap(
    api.PUT("/api/v1/slots/{slot_id}/submissions/{client_uuid}", {
      params: { path: { slot_id: slot, client_uuid: clientUuid } },
      body: body as Schemas["SubmissionRequest"], // the server fills in its defaults
      signal: inTime(),
    }),
  );
}

export async function skip(assignment: Assignment, reason: SkipReason, note: string): Promise<void> {
  await unwrap<unknown>(
    api.POST("/api/v1/slots/{slot_id}/skip", {
      params: ofSlot(assignment.slot_id),
      body: { lease_token: assignment.lease_token, reason, note },
    }),
  );
}

/** Without a completion the prompt is meant. */
export async function report(
  assignment: Assignment,
  completion: string | null,
  reason: ReportReason,
  note: string,
): Promise<void> {
  await unwrap<unknown>(
    api.POST("/api/v1/slots/{slot_id}/reports", {
      params: ofSlot(assignment.slot_id),
      body: { lease_token: assignment.lease_token, completion, reason, note },
    }),
  );
}

export function undoSubmission(clientUuid: string): Promise<Assignment> {
  return unwrap(
    api.POST("/api/v1/submissions/{client_uuid}/undo", {
      params: { path: { client_uuid: clientUuid } },
    }),
  );
}

/** Open one's own judgment of any age; it stands until its successor is handed in. */
export function reopenSubmission(clientUuid: string): Promise<Assignment> {
  return unwrap(
    api.POST("/api/v1/submissions/{client_uuid}/reopen", {
      params: { path: { client_uuid: clientUuid } },
    }),
  );
}

export type Feedback = Schemas["GoldFeedback"];

/** What was expected of a judgment of mine; null for nearly all of them. */
export async function readFeedback(client_uuid: string): Promise<Feedback | null> {
  const answer = api.POST("/api/v1/submissions/{client_uuid}/feedback", {
    params: { path: { client_uuid } },
    signal: inTime(),
  });
  return (await unwrap<Feedback | undefined>(answer)) ?? null;
}

export type JudgmentContent = Schemas["MyJudgmentContent"];

export function readOwnJudgment(clientUuid: string): Promise<JudgmentContent> {
  return unwrap(
    api.GET("/api/v1/submissions/{client_uuid}", { params: { path: { client_uuid: clientUuid } } }),
  );
}

export interface JudgmentFilter {
  kind?: "ranking" | "demonstration";
  state?: "counted" | "surplus" | "withdrawn";
}

export function readProgress(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/my-progress", {
      params: { ...ofProject(project), query: { tz: timeZone() } },
    }),
  );
}

export function readOwnJudgments(
  project: string,
  query: JudgmentFilter,
  next?: string,
): Promise<Schemas["MyJudgmentPage"]> {
  if (next !== undefined) return followingPage(next);
  const params = { ...ofProject(project), query };
  return unwrap(api.GET("/api/v1/projects/{project_id}/my-judgments", { params }));
}
