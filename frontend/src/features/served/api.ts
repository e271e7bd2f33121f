/** Servers of the deployment that run policies, and making a model of one a version. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type ModelServer = Schemas["ModelServer"];
export type NewServed = Schemas["NewServedRequest"];

const ofProject = (project_id: string) => ({ path: { project_id } });

export function useModelServers(project: string, enabled: boolean) {
  return useQuery({
    queryKey: ["model-servers", project],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/model-servers", { params: ofProject(project) })),
    enabled,
  });
}

export function registerServed(project: string, body: NewServed, key: string) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/served-versions", {
      params: { ...ofProject(project), header: { "Idempotency-Key": key } },
      body,
    }),
  );
}
