/** What setting up a project asks of the server beyond what its pages do. */

import { api, unwrap, type Schemas } from "@/api/client";
import { changeRoles, type Role } from "@/features/manage/api";

export function createProject(body: Schemas["NewProjectRequest"]) {
  return unwrap(api.POST("/api/v1/projects", { body }));
}

export function pasteRows(project_id: string, body: Schemas["PasteRequestRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/pasted-rows", { params: { path: { project_id } }, body }),
  );
}

/** Become a labeler, beside the roles one holds. */
export async function joinAsLabeler(project: string, me: string, held: readonly Role[]): Promise<void> {
  if (!held.includes("labeler")) await changeRoles(project, me, [...held, "labeler"]);
}
