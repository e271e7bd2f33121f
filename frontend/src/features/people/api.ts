/** Invitations, suspension and access of people. */

import { api, unwrap, type Schemas } from "@/api/client";

export type Invitation = Schemas["InvitationRow"];
export type MadeInvitation = Schemas["MadeInvitation"];

const ofProject = (project_id: string) => ({ path: { project_id } });
const ofMember = (project_id: string, user_id: string) => ({ path: { project_id, user_id } });

export function readInvitations(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/invitations", { params: ofProject(project) }));
}

export function makeInvitation(project: string, body: Schemas["NewInvitationRequest"]) {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/invitations", { params: ofProject(project), body }),
  );
}

export function revokeInvitation(project: string, invitation: string) {
  return unwrap<unknown>(
    api.DELETE("/api/v1/projects/{project_id}/invitations/{invitation_id}", {
      params: { path: { project_id: project, invitation_id: invitation } },
    }),
  );
}

export function suspend(project: string, user: string, reason: string) {
  return unwrap(
    api.PUT("/api/v1/projects/{project_id}/members/{user_id}/suspension", {
      params: ofMember(project, user),
      body: { reason },
    }),
  );
}

export function unsuspend(project: string, user: string) {
  return unwrap<unknown>(
    api.DELETE("/api/v1/projects/{project_id}/members/{user_id}/suspension", {
      params: ofMember(project, user),
    }),
  );
}

export function signOut(project: string, user: string) {
  return unwrap(
    api.DELETE("/api/v1/projects/{project_id}/members/{user_id}/sessions", {
      params: ofMember(project, user),
    }),
  );
}

export function setAccess(user: string, is_active: boolean) {
  return unwrap(
    api.PATCH("/api/v1/people/{user_id}/access", { params: { path: { user_id: user } }, body: { is_active } }),
  );
}

/** The address that an invitation is sent as; the token stands where no server logs it. */
export function linkOf(token: string): string {
  return `${window.location.origin}/join#${token}`;
}
