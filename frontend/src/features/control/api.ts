/** Control items of a project. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Rules = Schemas["ControlRules"];
export type ControlItem = Schemas["ControlItemRow"];
export type Candidate = Schemas["CandidateRow"];
export type Results = Schemas["ControlResults"];
export type FailedGoldRow = Schemas["FailedGoldRow"];
export type Figures = Schemas["ControlFigures"];

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readRules(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/control-settings", { params: ofProject(project) }));
}

export function changeRules(project: string, body: Partial<Rules>) {
  return unwrap(
    api.PATCH("/api/v1/projects/{project_id}/control-settings", { params: ofProject(project), body }),
  );
}

export function readControlItems(project: string, kind: "gold" | "trap") {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/control-items", {
      params: { ...ofProject(project), query: { kind } },
    }),
  );
}

export function createGold(project: string, body: Schemas["NewGoldRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/control-items", { params: ofProject(project), body }),
  );
}

export function retireControlItem(control_item_id: string, retired: boolean) {
  return unwrap(
    api.PATCH("/api/v1/control-items/{control_item_id}", {
      params: { path: { control_item_id } },
      body: { retired },
    }),
  );
}

export function makeTraps(project: string, count: number) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/traps", { params: ofProject(project), body: { count } }),
  );
}

export function readCandidates(project: string, judgments: number, agreement: number) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/gold-candidates", {
      params: { ...ofProject(project), query: { judgments, agreement } },
    }),
  );
}

export function promote(project: string, items: string[], judgments: number, agreement: number) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/gold-candidates", {
      params: ofProject(project),
      body: { items, judgments, agreement },
    }),
  );
}

export function readResults(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/control-results", { params: ofProject(project) }));
}

export function readFailedGold(project_id: string, labeler: string | null) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/failed-gold", {
      params: { path: { project_id }, query: labeler ? { labeler } : {} },
    }),
  );
}
