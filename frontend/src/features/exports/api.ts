/** Datasets: started as runs, listed, taken away as files. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Dataset = Schemas["DatasetRow"];
export type NewDataset = Schemas["NewDatasetRequest"];
export const PARTS = ["rankings", "pairs", "pairs_plain", "demonstrations", "consensus"] as const;
export type Part = (typeof PARTS)[number];
export const FILES = ["parquet", "jsonl"] as const;

const ofProject = (project_id: string) => ({ path: { project_id } });

export function readDatasets(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/datasets", { params: ofProject(project) }));
}

export function startDataset(project: string, body: NewDataset) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/datasets", { params: ofProject(project), body }),
  );
}

export function readDataset(dataset_id: string) {
  return unwrap(api.GET("/api/v1/datasets/{dataset_id}", { params: { path: { dataset_id } } }));
}

export function readSnapshots(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/snapshots", { params: ofProject(project) }));
}

export function readEstimates(project: string) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/reliability-estimates", { params: ofProject(project) }),
  );
}

export function readLicence(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/licence", { params: ofProject(project) }));
}

export function setLicence(project: string, name: string) {
  return unwrap(
    api.PUT("/api/v1/projects/{project_id}/licence", { params: ofProject(project), body: { name } }),
  );
}

export const archiveAddress = (dataset: string) => `/api/v1/datasets/${dataset}/archive`;
export const fileAddress = (dataset: string, name: string) => `/api/v1/datasets/${dataset}/files/${name}`;

/** What the card says, as far as a page shows it. */
export interface Card {
  counts: Record<string, number | Record<string, number>>;
  agreement: { share: number | null; interval: [number, number] | null; pairs: number; items: number };
  exclusions: { considered: number; left_out: Record<string, number> };
  quality: Quality;
  files: Record<string, { rows: number; sha256: string }>;
  snapshot: { cut_off: string; sha256: string };
}

interface Share {
  items: number;
  share: number | null;
  interval: [number, number] | null;
}
interface Dropped {
  labelers: number;
  rankings: number;
}

/** What was known of the judgments when they were frozen; effects in percentage points. */
export interface Quality {
  bias: {
    at: string;
    judgments: number;
    effects: Record<string, { points: number; interval: [number, number]; pairs: number }>;
  } | null;
  control: Record<"gold" | "repeats" | "traps", Share>;
  exclusions: {
    rankings: number;
    qualification: boolean;
    unqualified: Dropped;
    alarmed: Dropped & { rules: Record<string, number> };
    either: Dropped;
  };
  adjudications: { items: number; outcomes: Record<string, number> };
  deletions: { withdrawn: { people: number; rankings: number }; kept_under_pseudonym: number };
}
