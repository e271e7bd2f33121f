/** The radar: a project's settings, and what was caught in a run. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { isActive, type Run } from "@/features/train/api";

export type Radar = Schemas["RunRadar"];
export type Caught = Schemas["RadarCatch"];
export type RadarWish = Schemas["RadarSettingsRequestRequest"];

const POLL_MS = 15_000;
const KINDS: readonly string[] = ["ppo", "rloo", "grpo"];

/** Whether a run is of a kind that the radar looks at. */
export const hasRadar = (run: Run) => KINDS.includes(run.kind);

export function useRadar(run: Run) {
  return useQuery({
    queryKey: ["radar", run.id],
    queryFn: () => unwrap(api.GET("/api/v1/runs/{run_id}/radar", { params: { path: { run_id: run.id } } })),
    refetchInterval: isActive(run) ? POLL_MS : false,
  });
}

export function saveRadar(project: string, body: RadarWish) {
  return unwrap(api.PUT("/api/v1/projects/{project_id}/radar", { params: { path: { project_id: project } }, body }));
}
