/** Sampling mixes, their draws, and who wins inside their items. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type Mix = Schemas["SamplingMix"];
export type Draw = Schemas["MixDraw"];
export type MixRow = Schemas["MixRowRequestRequest"];
export type WinShare = Schemas["WinShare"];

const POLL_MS = 3_000;
const ofMix = (mix_id: string) => ({ path: { mix_id } });

export function useMixes(project_id: string) {
  return useQuery({
    queryKey: ["mixes", project_id],
    queryFn: () =>
      unwrap(api.GET("/api/v1/projects/{project_id}/sampling-mixes", { params: { path: { project_id } } })),
    select: (page) => page.results,
  });
}

export function createMix(project_id: string, body: Schemas["SamplingMixRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/sampling-mixes", { params: { path: { project_id } }, body }),
  );
}

/** Read again every few seconds while something is under way. */
export function useDraws(mix: string) {
  return useQuery({
    queryKey: ["mix-draws", mix],
    queryFn: () => unwrap(api.GET("/api/v1/sampling-mixes/{mix_id}/draws", { params: ofMix(mix) })),
    select: (page) => page.results,
    refetchInterval: (query) =>
      query.state.data?.results.some(({ state }) => state === "sampling" || state === "making")
        ? POLL_MS
        : false,
  });
}

export function drawByMix(mix: string, body: Schemas["MixDrawRequestRequest"], key: string) {
  return unwrap(
    api.POST("/api/v1/sampling-mixes/{mix_id}/draws", {
      params: { ...ofMix(mix), header: { "Idempotency-Key": key } },
      body,
    }),
  );
}

export function retryDraw(draw_id: string) {
  return unwrap(api.POST("/api/v1/mix-draws/{draw_id}/retry", { params: { path: { draw_id } } }));
}

export function makeItems(draw_id: string) {
  return unwrap(api.POST("/api/v1/mix-draws/{draw_id}/make-items", { params: { path: { draw_id } } }));
}

export function useComparison(mix: string) {
  return useQuery({
    queryKey: ["mix-comparison", mix],
    queryFn: () => unwrap(api.GET("/api/v1/sampling-mixes/{mix_id}/comparison", { params: ofMix(mix) })),
  });
}
