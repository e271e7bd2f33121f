/** Groups of labelers, what each may be given, the work of a project, and how far it is. */

import { api, unwrap, type Schemas } from "@/api/client";

export type GroupRow = Schemas["GroupRow"];
export type LabelerWork = Schemas["LabelerWork"];
export type AssignmentRow = Schemas["AssignmentRow"];
export type ProjectProgress = Schemas["ProjectProgress"];
export type WorkChange = Omit<Schemas["WorkChangeRequest"], "dry_run">;

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readGroups(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/groups", { params: ofProject(project) }));
}

export function createGroup(project: string, body: Schemas["NewGroupRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/groups", { params: ofProject(project), body }));
}

export function changeGroup(group_id: string, body: Schemas["PatchedGroupChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/groups/{group_id}", { params: { path: { group_id } }, body }));
}

export function deleteGroup(group_id: string) {
  return unwrap<unknown>(api.DELETE("/api/v1/groups/{group_id}", { params: { path: { group_id } } }));
}

export function readLabelers(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/labelers", { params: ofProject(project) }));
}

export function changeLabeler(
  project_id: string,
  user_id: string,
  body: Schemas["PatchedLabelerWorkChangeRequest"],
) {
  return unwrap(
    api.PATCH("/api/v1/projects/{project_id}/labelers/{user_id}", {
      params: { path: { project_id, user_id } },
      body,
    }),
  );
}

export function readAssignments(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/assignments", { params: ofProject(project) }));
}

export function readProjectProgress(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/progress", { params: ofProject(project) }));
}

/** With `dry` the figures alone, and nothing changes. */
export function changeWork(project: string, change: WorkChange, dry: boolean) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/work", {
      params: ofProject(project),
      body: { ...change, dry_run: dry },
    }),
  );
}
