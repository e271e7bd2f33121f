/** Review as the server offers it. */

import { api, unwrap, type Schemas } from "@/api/client";

export type QueueRow = Schemas["ReviewQueueRow"];
export type Sheet = Schemas["ReviewSheet"];
export type Judgment = Schemas["ReviewJudgment"];
export type Decision = Schemas["AdjudicationRequestRequest"];
export type Note = Schemas["MyNoteRow"];
export type BulkRow = Schemas["BulkActRow"];
export type BulkBody = Schemas["BulkRequestRequest"];
export type PlanQuery = Schemas["RelabelQueryRequest"];
export type Plan = Schemas["RelabelPlanRow"];

export const REASONS = ["order", "cut", "flags", "cannot_judge", "reported", "skipped", "fast"] as const;
export const NOTE_REASONS = ["misread", "guideline", "missed_fault", "line", "too_fast", "other"] as const;

const inProject = (project: string) => ({ path: { project_id: project } });
const ofItem = (item: string) => ({ params: { path: { item_id: item } } });
const ofNote = (note: string) => ({ params: { path: { note_id: note } } });

/** Restrictions as they stand in the page's address; the server refuses what it does not know. */
export function readQueue(project: string, filter: Record<string, string>) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/review-queue", {
      params: { ...inProject(project), query: filter },
    }),
  );
}

/** How much waits for me to review. */
export function readReviewWaiting(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/review-waiting", { params: inProject(project) }));
}

/** Take this item, or (null) the next one that nobody has. */
export function claim(project: string, item: string | null, without: string[] = []) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/review-claims", {
      params: inProject(project),
      body: { item, without, reason: null },
    }),
  );
}

export function readSheet(item: string) {
  return unwrap(api.GET("/api/v1/items/{item_id}/review", ofItem(item)));
}

export function showNames(item: string) {
  return unwrap(api.POST("/api/v1/items/{item_id}/review/names", ofItem(item)));
}

export function letGo(item: string) {
  return unwrap<unknown>(api.POST("/api/v1/items/{item_id}/review/let-go", ofItem(item)));
}

export function adjudicate(item: string, key: string, body: Decision) {
  return unwrap(
    api.PUT("/api/v1/items/{item_id}/adjudications/{client_uuid}", {
      params: { path: { item_id: item, client_uuid: key } },
      body,
    }),
  );
}

export function readUnclear(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/unclear-cases", { params: inProject(project) }),
  );
}

export function readMyNotes(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/my-notes", { params: inProject(project) }));
}

export function readNote(note: string) {
  return unwrap(api.GET("/api/v1/notes/{note_id}", ofNote(note)));
}

export function markNoteRead(note: string) {
  return unwrap<unknown>(api.POST("/api/v1/notes/{note_id}/read", ofNote(note)));
}

export function answerNote(note: string, answer: "reply" | "dispute", text: string) {
  return unwrap(
    api.PUT("/api/v1/notes/{note_id}/answer", { ...ofNote(note), body: { answer, text } }),
  );
}

export type NoteRow = Schemas["NoteRow"];
export const ANSWERS = ["dispute", "reply"] as const;
export type Answer = (typeof ANSWERS)[number];

/** What labelers were told about their work and what they answered; `answer`: only notes answered so. */
export function readNotes(project: string, answer: Answer | undefined) {
  const params = { path: { project_id: project }, query: { answer } };
  return unwrap(api.GET("/api/v1/projects/{project_id}/notes", { params }));
}

export function readEffect(project: string, body: BulkBody) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/bulk-effects", { params: inProject(project), body }),
  );
}

export function readBulkActs(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/bulk-acts", { params: inProject(project) }));
}

export function beginBulk(project: string, body: Schemas["BulkActRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/bulk-acts", { params: inProject(project), body }),
  );
}

export function undoBulk(act: string, body: Schemas["BulkUndoRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/bulk-acts/{bulk_act_id}/undo", {
      params: { path: { bulk_act_id: act } },
      body,
    }),
  );
}

export function stopBulk(act: string) {
  return unwrap(
    api.POST("/api/v1/bulk-acts/{bulk_act_id}/stop", { params: { path: { bulk_act_id: act } } }),
  );
}

export function readGuidelinesUse(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/guidelines-use", { params: inProject(project) }),
  );
}

export function propose(project: string, body: PlanQuery) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/relabel-proposals", {
      params: inProject(project),
      body,
    }),
  );
}

export function readPlans(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/relabel-plans", { params: inProject(project) }),
  );
}

export function beginPlan(project: string, body: Schemas["RelabelPlanRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/relabel-plans", { params: inProject(project), body }),
  );
}

export function cancelPlan(plan: string) {
  return unwrap(
    api.POST("/api/v1/relabel-plans/{plan_id}/cancel", { params: { path: { plan_id: plan } } }),
  );
}
