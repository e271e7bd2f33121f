/** The webhooks of a project. */

import { api, unwrap, type Schemas } from "@/api/client";
import type { TextKey } from "@/lib/i18n";

export type Webhook = Schemas["WebhookRow"];
export type Message = Schemas["WebhookMessageRow"];
export type EventName = Webhook["events"][number];
export const EVENTS = [
  "ranking.counted",
  "ranking.withdrawn",
  "item.done",
  "report.opened",
  "run.finished",
  "run.alarm",
  "snapshot.frozen",
  "version.promoted",
  "round.asked",
  "round.closed",
  "project.state_changed",
  "alarm.raised",
  "person.deleted",
] as const satisfies readonly EventName[];

/** What an event is called for people. */
export function eventText(event: string): TextKey {
  return `webhooks.event.${event.replace(".", "_")}` as TextKey;
}

const ofProject = (project_id: string) => ({ path: { project_id } });
const of = (webhook_id: string) => ({ path: { webhook_id } });

export function readWebhooks(project: string) {
  return unwrap(api.GET("/api/v1/projects/{project_id}/webhooks", { params: ofProject(project) }));
}

export function addWebhook(project: string, body: Schemas["NewWebhookRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/webhooks", { params: ofProject(project), body }));
}

export function changeWebhook(id: string, body: Schemas["PatchedWebhookChangeRequest"]) {
  return unwrap(api.PATCH("/api/v1/webhooks/{webhook_id}", { params: of(id), body }));
}

export function removeWebhook(id: string) {
  return unwrap(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: of(id) }));
}

export function rotateSecret(id: string) {
  return unwrap(api.POST("/api/v1/webhooks/{webhook_id}/secret", { params: of(id) }));
}

export function testWebhook(id: string) {
  return unwrap(api.POST("/api/v1/webhooks/{webhook_id}/test", { params: of(id) }));
}

export function readMessages(webhook_id: string) {
  return unwrap(api.GET("/api/v1/webhooks/{webhook_id}/messages", { params: of(webhook_id) }));
}

export function sendAgain(webhook_id: string, message_id: number) {
  return unwrap(
    api.POST("/api/v1/webhooks/{webhook_id}/messages/{message_id}/send", {
      params: { path: { webhook_id, message_id } },
    }),
  );
}
