/** The project's instructions: what holds now, what I read last, and saying that I read it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, unwrap, type Schemas } from "@/api/client";
import { load, save } from "@/lib/storage";
import { useWorkplace } from "./workplace";

export type Guideline = Schemas["LatestGuideline"];

export function useGuideline(projectId: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["guideline", projectId],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/guidelines/latest", {
          params: { path: { project_id: projectId } },
        }),
      ),
    retry: false,
  });
}

export function useMarkRead(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (number: number) =>
      unwrap<unknown>(
        api.POST("/api/v1/projects/{project_id}/guidelines/{number}/read", {
          params: { path: { project_id: projectId, number } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["guideline", projectId] }),
  });
}

/** The version in force is not the one that I said I had read. */
export function isUnread(guideline: Guideline | undefined): boolean {
  return guideline !== undefined && guideline.last_read?.number !== guideline.number;
}

/**
 * True while there is something to read. A version that I have not read, the first one included, opens
 * by itself, once, when the page is entered: never over work that has begun.
 */
export function useGuidelinesNews(projectId: string, wanted: boolean, open: () => void): boolean {
  const guideline = useGuideline(projectId, wanted).data;
  const { userId } = useWorkplace();
  const entered = useRef(true);
  useEffect(() => {
    if (!guideline || !entered.current) return;
    entered.current = false;
    const key = `tiebreak.guidelines.${userId}.${projectId}`; // others may use this machine
    if (!isUnread(guideline) || load(key) === guideline.number) return;
    save(key, guideline.number);
    open();
  }, [guideline, open, projectId, userId]);
  return isUnread(guideline);
}
