/** What an admin or reviewer reads and changes in a project. */

import { api, unwrap, type Schemas } from "@/api/client";
import { problemOf, send } from "@/lib/http";

export type Member = Schemas["Member"];
export type ItemRow = Schemas["ItemRow"];
export type ItemDetail = Schemas["ItemDetail"];
export type Purpose = Schemas["PurposeEnum"];
export type Role = Schemas["RolesEnum"];
export type Guideline = Schemas["Guideline"];

export const PURPOSES: readonly Purpose[] = ["reward", "rl", "sft", "evaluation"];
export const ROLES: readonly Role[] = ["labeler", "reviewer", "admin", "ml"];
export type Token = Schemas["Token"];
export type Scope = Token["scopes"][number];
export const SCOPES: readonly Scope[] = ["read", "label", "manage", "train"];
export const ROW_KINDS = ["prompts", "completions", "rankings", "demonstrations"] as const;
export type RowKind = (typeof ROW_KINDS)[number];

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readOverview(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/overview", { params: ofProject(project) }));
}

export function changeProject(project: string, body: Schemas["PatchedProjectChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/projects/{project_id}", { params: ofProject(project), body }));
}

export function readMembers(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/members", { params: ofProject(project) }));
}

export function addMember(project: string, body: Schemas["NewMemberRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/members", { params: ofProject(project), body }));
}

const ofMember = (project_id: string, user_id: string) => ({ path: { project_id, user_id } });

export function changeRoles(project: string, user: string, roles: Role[]) {
  return unwrap(
    api.PATCH("/api/v1/projects/{project_id}/members/{user_id}", {
      params: ofMember(project, user),
      body: { roles },
    }),
  );
}

export function removeMember(project: string, user: string) {
  return unwrap<unknown>(
    api.DELETE("/api/v1/projects/{project_id}/members/{user_id}", { params: ofMember(project, user) }),
  );
}

export function readGuidelines(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/guidelines", { params: ofProject(project) }));
}

export function publishGuideline(project: string, text: string, changes: string) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/guidelines", { params: ofProject(project), body: { text, changes } }),
  );
}

export interface ItemFilter {
  state?: ItemRow["state"];
  kind?: ItemRow["kind"];
  labeler?: string;
  prompt_set?: string;
  disagreement?: boolean;
  adjudicated?: boolean;
}

export function readItems(project: string, filter: ItemFilter) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/items", { params: { ...ofProject(project), query: filter } }),
  );
}

export function readItem(item: string) {
  return unwrap(api.GET("/api/v1/items/{item_id}", { params: { path: { item_id: item } } }));
}

export function restoreRanking(ranking: string, reason: string) {
  return unwrap<unknown>(
    api.POST("/api/v1/rankings/{ranking_id}/restore", {
      params: { path: { ranking_id: ranking } },
      body: { reason },
    }),
  );
}

export function voidItem(item: string) {
  return unwrap(
    api.POST("/api/v1/items/{item_id}/void", {
      params: { path: { item_id: item } },
      body: { withdraw_judgments: false },
    }),
  );
}

export function reopenItem(item: string) {
  return unwrap(api.POST("/api/v1/items/{item_id}/reopen", { params: { path: { item_id: item } } }));
}

export function withdrawRanking(ranking: string, reason: string) {
  return unwrap<unknown>(
    api.POST("/api/v1/rankings/{ranking_id}/withdraw", {
      params: { path: { ranking_id: ranking } },
      body: { reason },
    }),
  );
}

export type ReportRow = Schemas["ReportRow"];
export type ReportState = Schemas["ReportState"];

export function readReports(project: string, state: ReportState) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/reports", {
      params: { ...ofProject(project), query: { state } },
    }),
  );
}

const ofReport = (report_id: string) => ({ params: { path: { report_id } } });

export function upholdReport(report: string) {
  return unwrap(api.POST("/api/v1/reports/{report_id}/uphold", ofReport(report)));
}

export function dismissReport(report: string) {
  return unwrap(api.POST("/api/v1/reports/{report_id}/dismiss", ofReport(report)));
}

export type PracticeItem = Schemas["PracticeItemRow"];
export type Standing = Schemas["PracticeStanding"];

export function readPracticeItems(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/practice-items", { params: ofProject(project) }),
  );
}

export function createPracticeItem(project: string, body: Schemas["NewPracticeItemRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/practice-items", { params: ofProject(project), body }),
  );
}

export function changePracticeItem(item: string, body: Schemas["PatchedPracticeItemChangeRequest"]) {
  return unwrap(
    api.PATCH("/api/v1/practice-items/{practice_item_id}", {
      params: { path: { practice_item_id: item } },
      body,
    }),
  );
}

export function readStandings(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/practice-standings", { params: ofProject(project) }),
  );
}

export function setQualified(project: string, user: string, qualified: boolean) {
  return unwrap<unknown>(
    api.PUT("/api/v1/projects/{project_id}/practice-standings/{user_id}", {
      params: ofMember(project, user),
      body: { qualified },
    }),
  );
}

export function exportAddress(project: string, kind: RowKind, zipped: boolean): string {
  return `/api/v1/projects/${project}/exports/${kind}.jsonl${zipped ? ".gz" : ""}`;
}

export interface Agreement {
  pairs: number;
  agreement: number | null;
  interval: number[] | null;
  labelers: { id: string; name: string; pairs: number; agreement: number | null }[];
}

export async function readAgreement(project: string): Promise<Agreement> {
  const response = await send(`/api/v1/projects/${project}/agreement`);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Agreement;
}

export function readTokens() {
  return unwrap(api.GET("/api/v1/tokens"));
}

export function issueToken(body: Schemas["NewTokenRequest"]) {
  return unwrap(api.POST("/api/v1/tokens", { body }));
}

export function revokeToken(id: string) {
  return unwrap<unknown>(
    api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }),
  );
}
