/** How the installation does. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Health = Schemas["Health"];
export type HealthWorker = Schemas["HealthWorker"];
export type HealthProblem = Schemas["HealthProblem"];

export function readHealth(project_id: string): Promise<Health> {
  return unwrap(api.GET("/api/v1/projects/{project_id}/health", { params: { path: { project_id } } }));
}
