/** Rounds of the loop, the plan that carries them on, and the answers of people. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { usePages } from "@/features/console/usePages";

export type Round = Schemas["Round"];
export type RoundStep = Schemas["RoundStep"];
export type Gate = Schemas["RoundGate"];
export type Plan = Schemas["RoundPlan"];
export type PlanRequest = Schemas["RoundPlanRequestRequest"];
export type Decision = Schemas["RoundAnswerRequestRequest"]["decision"];
export type RoundEvent = Schemas["RoundEvent"];

const POLL_MS = 5_000;
const PAGE = 20; // all steps and reports of each come along
const ofProject = (project_id: string) => ({ path: { project_id } });
const ofRound = (round_id: string) => ({ path: { round_id } });

/** Whether something may happen in it without anybody here. */
function goesOn(round: Round): boolean {
  return round.state !== "closed" && (round.automatic || round.steps.some((step) => step.state === "working"));
}

/**
 * Read again every few seconds while a round goes on by itself, or the plan is active: then the next round
 * begins without anybody here.
 */
export function useRounds(project: string, isPlanActive: boolean) {
  const query = { page_size: PAGE };
  return usePages(
    ["rounds", project],
    () => unwrap(api.GET("/api/v1/projects/{project_id}/rounds", { params: { ...ofProject(project), query } })),
    (rounds) => (isPlanActive || rounds.some(goesOn) ? POLL_MS : false),
  );
}

/** One round by itself: a link may lead to one that is older than those that are listed. */
export function useRound(id: string | null) {
  return useQuery({
    queryKey: ["round", id],
    queryFn: () => unwrap(api.GET("/api/v1/rounds/{round_id}", { params: ofRound(id ?? "") })),
    enabled: id !== null,
  });
}

export function openRound(project: string, policyVersion: string) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/rounds", {
      params: ofProject(project),
      body: { policy_version: policyVersion },
    }),
  );
}

/** Put runs in their places of a round by hand; null empties one. */
export function linkRuns(id: string, body: Schemas["PatchedRoundRunsRequest"]) {
  return unwrap(api.PATCH("/api/v1/rounds/{round_id}", { params: ofRound(id), body }));
}

export function closeRound(id: string) {
  return unwrap(api.POST("/api/v1/rounds/{round_id}/close", { params: ofRound(id) }));
}

export function answerRound(id: string, body: Schemas["RoundAnswerRequestRequest"]) {
  return unwrap(api.POST("/api/v1/rounds/{round_id}/answer", { params: ofRound(id), body }));
}

export function readRoundEvents(id: string) {
  return unwrap(api.GET("/api/v1/rounds/{round_id}/events", { params: ofRound(id) }));
}

export function usePlan(project: string) {
  return useQuery({
    queryKey: ["round-plan", project],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/round-plan", { params: ofProject(project) })),
  });
}

export function savePlan(project: string, body: PlanRequest) {
  return unwrap(api.PUT("/api/v1/projects/{project_id}/round-plan", { params: ofProject(project), body }));
}

export function movePlan(project: string, state: Plan["state"]) {
  return unwrap(
    api.PATCH("/api/v1/projects/{project_id}/round-plan", { params: ofProject(project), body: { state } }),
  );
}

/** The rankings made between two moments, in the explorer. */
export function judgmentsBetween(project: string, since: string | null, until: string | null): string {
  const asked = new URLSearchParams({ what: "rankings", state: "counted" });
  if (since) asked.set("since", since);
  if (until) asked.set("until", until);
  return `${paths.manage(project, "explore")}?${asked.toString()}`;
}
