/** Searching the audit trail. */

import { api, unwrap, type Schemas } from "@/api/client";

export type AuditEntry = Schemas["AuditEntry"];
export const FIELDS = ["q", "actor", "action", "object_type", "object_id", "request_id", "since", "until"] as const;
export type AuditFilter = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>;

export function readAudit(project_id: string, filter: AuditFilter) {
  return unwrap(
    api.GET("/api/v1/projects/{project_id}/audit", {
      params: { path: { project_id }, query: filter as Record<string, string> },
    }),
  );
}

export function auditFile(project: string, kind: "csv" | "jsonl", filter: AuditFilter): string {
  return `/api/v1/projects/${project}/audit/audit.${kind}?${new URLSearchParams(filter as Record<string, string>)}`;
}
