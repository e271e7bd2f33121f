/** Watching runs more closely, comparing and planning them. */

import { useQueries, useQuery, type QueryClient } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { isActive, useFeed, type Metric } from "@/features/train/api";

export type Sample = Schemas["RunSample"];
export type Waiting = Schemas["WaitingRun"];
export type Places = Schemas["RunPlaces"];
export type LaunchOption = Schemas["LaunchOption"];
export type Estimate = Schemas["RunEstimate"];

const ofRun = (run_id: string) => ({ path: { run_id } });
const ofProject = (project_id: string) => ({ path: { project_id } });

export function useSamples(client: QueryClient, id: string, active: boolean) {
  return useFeed<Sample>(client, ["samples", id], active, (after) =>
    unwrap(api.GET("/api/v1/runs/{run_id}/samples", { params: { ...ofRun(id), query: { after } } })),
  );
}

export function readFiles(id: string) {
  return unwrap(api.GET("/api/v1/runs/{run_id}/files", { params: ofRun(id) }));
}

export const fileAddress = (id: string, name: string) => `/api/v1/runs/${id}/files/${name}`;

export function readLog(id: string) {
  return unwrap(api.GET("/api/v1/runs/{run_id}/log", { params: ofRun(id) }));
}

export function readQueue(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/run-queue", { params: ofProject(project) }));
}

/** Where runs of the project may go. */
export function useRunPlaces(project: string) {
  return useQuery({
    queryKey: ["run-places", project],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/run-places", { params: ofProject(project) })),
  });
}

export function setPriority(id: string, priority: number) {
  return unwrap(api.POST("/api/v1/runs/{run_id}/priority", { params: ofRun(id), body: { priority } }));
}

export function describeRun(id: string, body: Schemas["PatchedRunChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/runs/{run_id}", { params: ofRun(id), body }));
}

export function estimateRun(project: string, body: Schemas["RunEstimateRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/run-estimates", { params: ofProject(project), body }),
  );
}

async function readMetrics(id: string): Promise<Metric[]> {
  const rows: Metric[] = [];
  let after = 0;
  for (;;) {
    const query = { after };
    const page = await unwrap(api.GET("/api/v1/runs/{run_id}/metrics", { params: { ...ofRun(id), query } }));
    rows.push(...page.results);
    if (page.results.length === 0) return rows;
    after = page.last;
  }
}

const POLL_MS = 10_000;

/** Several runs with all their figures, read again while they are at work. */
export function useRunsWithMetrics(ids: readonly string[]) {
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ["run-compared", id],
      queryFn: async () => {
        const run = await unwrap(api.GET("/api/v1/runs/{run_id}", { params: ofRun(id) }));
        return { run, metrics: await readMetrics(id) };
      },
      retry: false,
      refetchInterval: (query: { state: { data?: { run: { status: string } } | undefined } }) =>
        query.state.data && isActive(query.state.data.run as never) ? POLL_MS : (false as const),
    })),
  });
}
