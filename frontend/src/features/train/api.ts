/** Versions, runs, snapshots, and what a run can be made from. */

import { useQuery, type QueryClient } from "@tanstack/react-query";
import { api, followingPage, unwrap, type Schemas } from "@/api/client";

export type Run = Schemas["Run"];
export type RunKind = Schemas["RunKindEnum"];
export type RunStatus = Schemas["RunStatusEnum"];
export type StartableKind = Schemas["RunRequestKindEnum"];
export type Version = Schemas["Version"];
export type SamplingPlan = Schemas["SamplingPlanRow"];
export type Snapshot = Schemas["Snapshot"];
export type Metric = Schemas["RunMetric"];
export type RunEvent = Schemas["RunEvent"];

export const RUN_KINDS: readonly RunKind[] = [
  "sample",
  "export",
  "sft",
  "reward",
  "ppo",
  "rloo",
  "grpo",
  "dpo",
  "evaluate",
  "pick",
  "best_of_n",
  "push",
  "import",
];
/** Whether people start runs of this kind from the form. */
export function isStartable(kind: RunKind): kind is StartableKind & RunKind {
  return kind !== "import" && kind !== "push";
}

export const RUN_STATUSES: readonly RunStatus[] = [
  "running",
  "queued",
  "blocked",
  "interrupted",
  "succeeded",
  "failed",
  "cancelled",
];

const ofProject = (project_id: string) => ({ path: { project_id } });
const ofRun = (run_id: string) => ({ path: { run_id } });

export function isActive(run: Pick<Run, "status">): boolean {
  return ["blocked", "queued", "running", "interrupted"].includes(run.status);
}

export interface RunFilter {
  kind?: RunKind;
  status?: RunStatus;
  /** What their name holds. */
  name?: string;
}

export function readRuns(project: string, filter: RunFilter) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/runs", { params: { ...ofProject(project), query: filter } }),
  );
}

const POLL_MS = 2_000;

/** The run, read again every two seconds until it has ended. */
export function useRun(id: string) {
  return useQuery({
    queryKey: ["run", id],
    queryFn: () => unwrap(api.GET("/api/v1/runs/{run_id}", { params: ofRun(id) })),
    refetchInterval: (query) => (query.state.data && !isActive(query.state.data) ? false : POLL_MS),
  });
}

export function startRun(project: string, body: Schemas["RunRequestRequest"], key: string) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/runs", {
      params: { ...ofProject(project), header: { "Idempotency-Key": key } },
      body,
    }),
  );
}

export function cancelRun(id: string) {
  return unwrap(api.POST("/api/v1/runs/{run_id}/cancel", { params: ofRun(id) }));
}

export function retryRun(id: string) {
  return unwrap(api.POST("/api/v1/runs/{run_id}/retry", { params: ofRun(id) }));
}

interface Feed<Row> {
  rows: Row[];
  last: number;
}

/** What a run reports, fetched from where the last reading ended. */
export function useFeed<Row>(
  client: QueryClient,
  key: readonly [string, string],
  active: boolean,
  read: (after: number) => Promise<{ results: Row[]; last: number }>,
) {
  return useQuery({
    queryKey: [...key, active], // reads once more when the run has ended
    queryFn: async (): Promise<Feed<Row>> => {
      const known = client.getQueryData<Feed<Row>>(key) ?? { rows: [], last: 0 };
      let { last } = known;
      const fresh: Row[] = [];
      for (;;) {
        const page = await read(last);
        fresh.push(...page.results);
        if (page.results.length === 0) break;
        last = page.last;
      }
      const feed = fresh.length > 0 ? { rows: [...known.rows, ...fresh], last } : known;
      client.setQueryData(key, feed);
      return feed;
    },
    placeholderData: () => client.getQueryData<Feed<Row>>(key),
    structuralSharing: false,
    refetchInterval: active ? POLL_MS : false,
    staleTime: 0,
  });
}

export function useMetrics(client: QueryClient, id: string, active: boolean) {
  return useFeed<Metric>(client, ["metrics", id], active, (after) =>
    unwrap(api.GET("/api/v1/runs/{run_id}/metrics", { params: { ...ofRun(id), query: { after } } })),
  );
}

export function useEvents(client: QueryClient, id: string, active: boolean) {
  return useFeed<RunEvent>(client, ["events", id], active, (after) =>
    unwrap(api.GET("/api/v1/runs/{run_id}/events", { params: { ...ofRun(id), query: { after } } })),
  );
}

export function readIssues(id: string) {
  return unwrap(api.GET("/api/v1/runs/{run_id}/issues", { params: ofRun(id) }));
}

export function useRunKinds() {
  return useQuery({
    queryKey: ["run-kinds"],
    queryFn: () => unwrap(api.GET("/api/v1/run-kinds")),
    staleTime: Infinity,
  });
}

export function useVersions(project: string) {
  return useQuery({
    queryKey: ["versions", project],
    queryFn: () =>
      unwrap(api.GET("/api/v1/projects/{project_id}/versions", { params: ofProject(project) })),
  });
}

export function retireVersion(id: string) {
  return unwrap(api.POST("/api/v1/versions/{version_id}/retire", { params: { path: { version_id: id } } }));
}

export function restoreVersion(id: string) {
  return unwrap(api.POST("/api/v1/versions/{version_id}/restore", { params: { path: { version_id: id } } }));
}

interface Page<Row> {
  next: string | null;
  results: Row[];
}

/** Every row of a paged list: what a form offers to choose from. */
async function readAll<Row>(first: Promise<Page<Row>>): Promise<Row[]> {
  let page = await first;
  const rows = [...page.results];
  while (page.next !== null) {
    page = await followingPage<Page<Row>>(page.next);
    rows.push(...page.results);
  }
  return rows;
}

export function useSnapshots(project: string) {
  return useQuery({
    queryKey: ["snapshots", project],
    queryFn: () =>
      readAll(
        unwrap(api.GET("/api/v1/projects/{project_id}/snapshots", { params: ofProject(project) })),
      ),
  });
}

export function usePlans(project: string) {
  return useQuery({
    queryKey: ["plans", project],
    queryFn: () =>
      readAll(
        unwrap(
          api.GET("/api/v1/projects/{project_id}/sampling-plans", { params: ofProject(project) }),
        ),
      ),
  });
}

export function createPlan(project: string, body: Schemas["NewSamplingPlanRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/sampling-plans", { params: ofProject(project), body }),
  );
}

export function usePromptSets(project: string) {
  return useQuery({
    queryKey: ["prompt-sets", project],
    queryFn: () =>
      readAll(
        unwrap(
          api.GET("/api/v1/projects/{project_id}/prompt-sets", { params: ofProject(project) }),
        ),
      ),
  });
}
