/** Pushing a version to the deployment's hub. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type Push = Schemas["Push"];

const POLL_MS = 2_000;
const UNDER_WAY: readonly Push["status"][] = ["blocked", "queued", "running", "interrupted"];
const ofVersion = (version_id: string) => ({ path: { version_id } });

/** Where versions go and the pushes of this one; read again while one is under way. */
export function usePushes(version: string) {
  return useQuery({
    queryKey: ["pushes", version],
    queryFn: () => unwrap(api.GET("/api/v1/versions/{version_id}/pushes", { params: ofVersion(version) })),
    refetchInterval: (query) =>
      query.state.data?.pushes.some((push) => UNDER_WAY.includes(push.status)) ? POLL_MS : false,
  });
}

export function pushVersion(version: string, body: Schemas["NewPushRequest"], key: string) {
  return unwrap(
    api.POST("/api/v1/versions/{version_id}/pushes", {
      params: { ...ofVersion(version), header: { "Idempotency-Key": key } },
      body,
    }),
  );
}
