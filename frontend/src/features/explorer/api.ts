/** Reading a project's data, newest first. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Row = Schemas["ExplorerRow"];
export type SavedView = Schemas["SavedViewRow"];
export const WHAT = ["rankings", "demonstrations", "items", "pairs"] as const;
export type What = (typeof WHAT)[number];
export const STATES: Record<What, readonly string[]> = {
  rankings: ["counted", "surplus", "withdrawn"],
  demonstrations: ["counted", "surplus", "withdrawn"],
  items: ["open", "done", "triage", "void"],
  pairs: [],
};
/** The conditions of a filter, by the names they have in the address. */
export const CONDITIONS = [
  "q",
  "prompt_set",
  "language",
  "tag",
  "labeler",
  "since",
  "until",
  "guideline",
  "mode",
  "k",
  "ties",
  "cut",
  "flagged",
  "noted",
  "policy_version",
] as const;
export type Condition = (typeof CONDITIONS)[number];
export type Filter = Readonly<Partial<Record<Condition | "state", string>>>;

/** What the address says, and nothing else that may stand there. */
export function filterOf(search: URLSearchParams): Filter {
  const given = [...CONDITIONS, "state" as const].flatMap((name) => {
    const value = search.get(name);
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** The filter without the state, in the form in which a dataset is asked for. */
export function asConditions(filter: Filter): Record<string, unknown> {
  const typed = Object.entries(filter).map(([name, value]) => {
    if (value === "true" || value === "false") return [name, value === "true"];
    return [name, name === "k" || name === "guideline" ? Number(value) : value];
  });
  return Object.fromEntries(typed.filter(([name]) => name !== "state"));
}

type Query = Record<string, string>;

export function readRows(project_id: string, what: What, filter: Filter) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/explorer/{what}", {
      params: { path: { project_id, what }, query: filter as Query },
    }),
  );
}

export function readCount(project_id: string, what: What, filter: Filter) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/explorer/{what}/count", {
      params: { path: { project_id, what }, query: filter as Query },
    }),
  );
}

/** A judgment with everything that is stored of it. */
export interface Judgment {
  id: string;
  kind: "ranking" | "demonstration";
  state: string;
  created_at: string;
  item_id: string;
  labeler: { id: string; name: string };
  guideline: number | null;
  active_ms: number | null;
  note: string;
  prompt_set: string;
  language: string;
  messages: { role: string; content: string }[];
  presentation: Record<string, unknown> | null;
  completions?: StoredCompletion[];
  text?: string;
  unacceptable_below?: number | null;
  [more: string]: unknown;
}

export interface StoredCompletion {
  id: string;
  text: string;
  tier: number | null;
  cannot_judge: boolean;
  grades: Record<string, number>;
  flags: string[];
  note: string;
  visible_ms: number | null;
  read_percent: number | null;
  shown_at: number;
  system: string;
  plan: string;
}

export async function readJudgment(judgment_id: string): Promise<Judgment> {
  const found: unknown = await unwrap(
    api.GET("/api/v1/judgments/{judgment_id}", { params: { path: { judgment_id } } }),
  );
  return found as Judgment;
}

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readViews(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/views", { params: ofProject(project) }));
}

export function saveView(project: string, body: { name: string; query: string }) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/views", { params: ofProject(project), body }),
  );
}

export function forgetView(view_id: string) {
  return unwrap(api.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id } } }));
}
