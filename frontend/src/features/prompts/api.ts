/** Prompt sets, prompts, what is done to them, near-duplicates and templates. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { newUuid } from "@/lib/ids";

export type PromptSet = Schemas["PromptSetRow"];
export type Prompt = Schemas["PromptRow"];
export type PromptDetail = Schemas["PromptDetail"];
export type PromptAct = Schemas["PromptActRow"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type NearGroup = Schemas["NearGroup"];
export type Template = Schemas["TemplateRow"];
export type TemplateVersion = Schemas["TemplateVersionRow"];
export type Filling = Schemas["FillOutcome"];
export type Bulk = "retire" | "restore" | "tag" | "untag";
export type FilterQuery = NonNullable<
  import("@/api/schema").operations["prompts_list"]["parameters"]["query"]
>;

const ofProject = (project_id: string) => ({ path: { project_id } });
const ofSet = (prompt_set_id: string) => ({ path: { prompt_set_id } });
const ofPrompt = (prompt_id: string) => ({ path: { prompt_id } });

export function createPromptSet(project: string, body: Schemas["NewPromptSetRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/prompt-sets", { params: ofProject(project), body }));
}

export function usePromptSet(set: string) {
  return useQuery({
    queryKey: ["prompt-set", set],
    queryFn: () => unwrap(api.GET("/api/v1/prompt-sets/{prompt_set_id}", { params: ofSet(set) })),
  });
}

export function useSetCounts(project: string) {
  return useQuery({
    queryKey: ["prompt-set-counts", project],
    queryFn: async () => {
      const rows = await unwrap(
        api.GET("/api/v1/projects/{project_id}/prompt-set-counts", { params: ofProject(project) }),
      );
      return new Map(rows.map((row) => [row.prompt_set, row]));
    },
  });
}

export function changePromptSet(set: string, body: Schemas["PatchedPromptSetChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/prompt-sets/{prompt_set_id}", { params: ofSet(set), body }));
}

export function makeVersion(set: string, description: string) {
  return unwrap(
    api.POST("/api/v1/prompt-sets/{prompt_set_id}/versions", { params: ofSet(set), body: { description } }),
  );
}

export function readChanges(set: string, against: string | undefined) {
  return unwrap(
    api.GET("/api/v1/prompt-sets/{prompt_set_id}/changes", {
      params: { ...ofSet(set), query: against ? { against } : {} },
    }),
  );
}

export function useFacets(set: string) {
  return useQuery({
    queryKey: ["prompt-facets", set],
    queryFn: () => unwrap(api.GET("/api/v1/prompt-sets/{prompt_set_id}/facets", { params: ofSet(set) })),
  });
}

export function readPrompts(set: string, query: FilterQuery) {
  return unwrap(
    api.GET("/api/v1/prompt-sets/{prompt_set_id}/prompts", { params: { ...ofSet(set), query } }),
  );
}

export function countPrompts(set: string, kind: Bulk, query: FilterQuery) {
  return unwrap(
    api.GET("/api/v1/prompt-sets/{prompt_set_id}/prompt-count", {
      params: { ...ofSet(set), query: { ...query, kind } },
    }),
  );
}

export function countTicked(set: string, kind: Bulk, ids: readonly string[]) {
  return unwrap(
    api.POST("/api/v1/prompt-sets/{prompt_set_id}/prompt-count", { params: ofSet(set), body: { kind, ids: [...ids] } }),
  );
}

export function addPrompt(set: string, text: string) {
  return unwrap(
    api.POST("/api/v1/prompt-sets/{prompt_set_id}/prompts", { params: ofSet(set), body: { text } }),
  );
}

export function makeItems(project: string, body: Schemas["ItemsRequestRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/items", { params: ofProject(project), body }));
}

export function usePrompt(prompt: string) {
  return useQuery({
    queryKey: ["prompt", prompt],
    queryFn: () => unwrap(api.GET("/api/v1/prompts/{prompt_id}", { params: ofPrompt(prompt) })),
  });
}

export function editPrompt(prompt: string, key: string, body: Schemas["PromptTextRequest"]) {
  return unwrap(
    api.PUT("/api/v1/prompts/{prompt_id}/edits/{client_uuid}", {
      params: { path: { prompt_id: prompt, client_uuid: key } },
      body,
    }),
  );
}

export function actOnPrompts(
  project: string,
  client_uuid: string,
  body: Omit<Schemas["ActRequestRequest"], "client_uuid">,
) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/prompt-acts", {
      params: ofProject(project),
      body: { client_uuid, ...body },
    }),
  );
}

export function undoAct(act: string) {
  return unwrap(
    api.PUT("/api/v1/prompt-acts/{prompt_act_id}/undo/{client_uuid}", {
      params: { path: { prompt_act_id: act, client_uuid: newUuid() } },
    }),
  );
}

export interface NearQuery {
  prompt_set?: string;
  at_least?: number;
  across?: boolean;
  after?: string;
}

export function readNearGroups(project: string, query: NearQuery) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/near-duplicates", { params: { ...ofProject(project), query } }),
  );
}

export function readTemplates(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/prompt-templates", {
      params: { ...ofProject(project), query: { page_size: 500 } },
    }),
  );
}

export function saveTemplate(project: string, body: Schemas["TemplateWordingRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/prompt-templates", { params: ofProject(project), body }),
  );
}

const ofTemplate = (template_id: string) => ({ path: { template_id } });

export function previewFilling(template: string, body: Schemas["FillRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/prompt-templates/{template_id}/preview", { params: ofTemplate(template), body }),
  );
}

export function fillTemplate(template: string, body: Schemas["FillRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/prompt-templates/{template_id}/prompts", { params: ofTemplate(template), body }),
  );
}
