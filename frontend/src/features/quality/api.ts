/** The stored statistics of quality. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Standing = Schemas["QualityStanding"];
export type Alarm = Schemas["AlarmRow"];
export type AlarmState = Alarm["state"];
export type Estimate = Schemas["ReliabilityEstimateRow"];

export type Ends = [number, number];
export interface Figure {
  value: number;
  interval: Ends;
}
export interface Share {
  pairs: number;
  agreement: number | null;
  interval: Ends | null;
}
export interface Couples extends Share {
  couples: number;
  ties: number;
  kappa: Figure | null;
  tau_b: Figure | null;
}
export interface Slice extends Share {
  name: string;
  kappa: Figure | null;
}
export interface Effect {
  name: "shown_first" | "length" | "headings" | "lists" | "bold" | "code";
  points: number;
  interval: Ends;
  pairs: number;
}
export interface LabelerRow {
  labeler: string;
  judgments: number;
  weight: number;
  ability: Figure;
  position: Figure;
  length: Figure;
}
export interface RuleRate {
  rule: Alarm["rule"];
  tested: number;
  flagged: number;
  expected: number;
}
export interface RewardModel {
  run: string;
  number: number;
  kind: string;
  accuracy: number;
  interval: [number | null, number | null];
}
/** What the server keeps as the body of a report (annotation/quality/reporting.py). */
export interface Body {
  judgments: number;
  judged_twice: number;
  labelers: number;
  seconds: number;
  level: number;
  agreement: {
    between: Couples & {
      fleiss: Figure | null;
      cohen: {
        mean: number | null;
        labelers: { one: string; other: string; pairs: number; kappa: number; agreement: number | null }[];
      };
    };
    within: Couples;
    ranks: { w: Figure | null; alpha: Figure | null; w_by_chance: number | null; panels: number };
    axes: { axis: string; alpha: Figure | null; completions: number }[];
    labelers: { labeler: string; others: Share; self: Share }[];
    by: Record<"language" | "k" | "guideline" | "week", Slice[]>;
  };
  position: { judgments: number; earlier: Figure | null; first: Figure | null; p: number | null };
  style: { effects: Effect[]; pairs: number } | null;
  reliability: LabelerRow[];
  rules: RuleRate[];
  reward_models?: RewardModel[];
}

const of = (project_id: string) => ({ params: { path: { project_id } } });

export function readStanding(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/quality", of(project)));
}

export function compute(project: string) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/quality", of(project)));
}

export function readAlarms(project: string, state: AlarmState) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/quality-alarms", {
      params: { path: { project_id: project }, query: { state } },
    }),
  );
}

export function decideAlarm(alarm: string, body: Schemas["AlarmDecisionRequest"]) {
  return unwrap(api.POST("/api/v1/quality-alarms/{alarm_id}", { params: { path: { alarm_id: alarm } }, body }));
}

export function readEstimates(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/reliability-estimates", of(project)));
}

export function bodyOf(standing: Standing): Body | null {
  return standing.report === null ? null : (standing.report.body as unknown as Body);
}

export type Consensus = Schemas["ItemConsensus"];

export function readItemConsensus(item_id: string) {
  return unwrap(api.GET("/api/v1/items/{item_id}/consensus", { params: { path: { item_id } } }));
}
