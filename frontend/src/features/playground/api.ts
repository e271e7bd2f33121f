/** Trials: asking policies, looking at what they answer, sending it to the labelers. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type Trial = Schemas["Trial"];
export type TrialRow = Schemas["TrialRow"];
export type Part = Schemas["TrialPart"];
export type Completion = Schemas["TrialCompletion"];
export type Step = Schemas["TokenStep"];
export type Candidate = Schemas["TokenCandidate"];
export type Wish = Schemas["NewTrialRequest"];
export type Decoding = Wish["decoding"];

const POLL_MS = 700;
const LIST_POLL_MS = 2_000;
const ofTrial = (trial_id: string) => ({ path: { trial_id } });

export function isOpen(trial: Pick<Trial, "state">): boolean {
  return trial.state === "queued" || trial.state === "running";
}

/** The trial, read again until it has ended. */
export function useTrial(id: string | undefined) {
  return useQuery({
    queryKey: ["trial", id],
    queryFn: () => unwrap(api.GET("/api/v1/trials/{trial_id}", { params: ofTrial(id ?? "") })),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data && !isOpen(query.state.data) ? false : POLL_MS),
  });
}

/** Earlier trials, read again while any of them is still to be answered. */
export function useTrials(project: string) {
  return useQuery({
    queryKey: ["trials", project],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/trials", {
          params: { path: { project_id: project }, query: { page_size: 15 } },
        }),
      ),
    refetchInterval: (query) => (query.state.data?.results.some(isOpen) ? LIST_POLL_MS : false),
  });
}

export function ask(project: string, body: Wish) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/trials", { params: { path: { project_id: project } }, body }),
  );
}

export function cancelTrial(id: string) {
  return unwrap(api.POST("/api/v1/trials/{trial_id}/cancel", { params: ofTrial(id) }));
}

export function sendTrial(id: string, body: Schemas["SendTrialRequest"]) {
  return unwrap(api.POST("/api/v1/trials/{trial_id}/item", { params: ofTrial(id), body }));
}
