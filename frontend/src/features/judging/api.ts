/** Judging campaigns: policies held against each other by people who do not know which is which. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type Campaign = Schemas["Campaign"];
export type CampaignRequest = Schemas["CampaignRequestRequest"];
export type Report = Schemas["CampaignReport"];
export type Contestant = Schemas["Contestant"];
export type Pair = Schemas["CampaignPair"];

const POLL_MS = 5_000;
const ofCampaign = (campaign_id: string) => ({ path: { campaign_id } });
const isLive = (campaign: Campaign) => campaign.state !== "done" && campaign.state !== "ended";

/** Read again every few seconds while one is under way. */
export function useCampaigns(project_id: string) {
  return useQuery({
    queryKey: ["campaigns", project_id],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/campaigns", { params: { path: { project_id } } })),
    select: (page) => page.results,
    refetchInterval: (query) => (query.state.data?.results.some(isLive) ? POLL_MS : false),
  });
}

export function useCampaign(id: string) {
  return useQuery({
    queryKey: ["campaign", id],
    queryFn: () => unwrap(api.GET("/api/v1/campaigns/{campaign_id}", { params: ofCampaign(id) })),
    refetchInterval: (query) => (query.state.data && isLive(query.state.data) ? POLL_MS : false),
  });
}

/** `judgments`: how many there are; the report is read again when it changes. */
export function useReport(id: string, asked: { tell: number; base?: string }, judgments: number) {
  return useQuery({
    queryKey: ["campaign-report", id, asked, judgments],
    queryFn: () =>
      unwrap(api.GET("/api/v1/campaigns/{campaign_id}/report", { params: { ...ofCampaign(id), query: asked } })),
    placeholderData: (before) => before,
  });
}

export function beginCampaign(project_id: string, body: CampaignRequest, key: string) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/campaigns", {
      params: { path: { project_id }, header: { "Idempotency-Key": key } },
      body,
    }),
  );
}

export function endCampaign(id: string) {
  return unwrap(api.POST("/api/v1/campaigns/{campaign_id}/end", { params: ofCampaign(id) }));
}
