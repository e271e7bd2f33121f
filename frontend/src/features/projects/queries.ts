import { useQuery } from "@tanstack/react-query";
import { call } from "@/api/client";
import type { Language } from "@/lib/i18n";

export interface Project {
  id: string;
  name: string;
  description: string;
  language: Language;
  state: "active" | "paused" | "archived";
  allow_ties: boolean;
  axes: string[];
  flags: string[];
  completions_per_item?: number;
  judgments_per_item?: number;
  lease_seconds_min?: number;
  lease_seconds_max?: number;
}

export function useProject(id: string) {
  return useQuery({
    queryKey: ["project", id],
    queryFn: () => call<Project>("GET", `/api/v1/projects/${id}`),
    staleTime: 60_000,
  });
}

export function useProjects() {
  return useQuery({
    queryKey: ["projects"],
    queryFn: () => call<Project[]>("GET", "/api/v1/projects"),
  });
}
