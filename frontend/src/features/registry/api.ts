/** The card of a version, its way into use, the lineage of a project, and models from elsewhere. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type Card = Schemas["VersionCard"];
export type Check = Schemas["VersionCheck"];
export type Lineage = Schemas["Lineage"];
export type LineageNode = Schemas["LineageNode"];
export type LineageEdge = Schemas["LineageEdge"];

const ofVersion = (version_id: string) => ({ path: { version_id } });

export function useCard(id: string, enabled = true) {
  return useQuery({
    queryKey: ["version-card", id],
    queryFn: () => unwrap(api.GET("/api/v1/versions/{version_id}/card", { params: ofVersion(id) })),
    enabled,
    staleTime: 0,
  });
}

export function promote(id: string, reason: string) {
  return unwrap(
    api.POST("/api/v1/versions/{version_id}/promote", { params: ofVersion(id), body: { reason } }),
  );
}

export function archiveAddress(id: string): string {
  return `/api/v1/versions/${id}/archive`;
}

export function useLineage(project: string) {
  return useQuery({
    queryKey: ["lineage", project],
    queryFn: () =>
      unwrap(api.GET("/api/v1/projects/{project_id}/lineage", { params: { path: { project_id: project } } })),
  });
}

export function importModel(upload: string, body: Schemas["VersionImportRequest"], key: string) {
  return unwrap(
    api.POST("/api/v1/uploads/{upload_id}/version", {
      params: { path: { upload_id: upload }, header: { "Idempotency-Key": key } },
      body,
    }),
  );
}
