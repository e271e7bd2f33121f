/** How many opinions items get, and the further ones that were bought. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Overlap = Schemas["Overlap"];
export type Opinion = Schemas["BoughtOpinionRow"];
export type Reason = Opinion["reason"];
export const REASONS: readonly Reason[] = ["disagreement", "close", "unreliable", "audit"];

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readOverlap(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/overlap", { params: ofProject(project) }));
}

export function changeOverlap(project: string, body: Schemas["PatchedOverlapChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/projects/{project_id}/overlap", { params: ofProject(project), body }));
}

export function readOpinions(project_id: string, query: { reason?: Reason; item?: string }) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/opinions", { params: { path: { project_id }, query } }),
  );
}
