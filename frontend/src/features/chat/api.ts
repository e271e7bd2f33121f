/** Live chat: one's own conversations, and which chats are open. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, followingPage, unwrap, type Schemas } from "@/api/client";

export type Conversation = Schemas["ConversationDetail"];
export type Turn = Schemas["ShownTurn"];
export type ChatSettings = Schemas["ChatSettingsForm"];

const ofProject = (project_id: string) => ({ path: { project_id } });
const ofConversation = (conversation_id: string) => ({ path: { conversation_id } });

/** The projects with a chat that is open to me. */
export function useOpenChats(enabled: boolean) {
  return useQuery({
    queryKey: ["chats"],
    queryFn: async () => {
      const open = await unwrap(api.GET("/api/v1/chats"));
      return new Set(open.map((each) => each.project_id));
    },
    staleTime: 60_000,
    enabled,
  });
}

export function useChatDoor(project: string) {
  return useQuery({
    queryKey: ["chat", project],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/chat", { params: ofProject(project) })),
  });
}

export function useConversations(project: string) {
  return useInfiniteQuery({
    queryKey: ["conversations", project],
    queryFn: ({ pageParam }): Promise<Schemas["ConversationRowPage"]> =>
      pageParam !== undefined
        ? followingPage(pageParam)
        : unwrap(
            api.GET("/api/v1/projects/{project_id}/conversations", { params: ofProject(project) }),
          ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

const EAGER_MS = 1_000;
const PATIENT_MS = 4_000;
const EAGER_FOR_MS = 60_000;

/** A conversation, read again as long as answers are being written. */
export function useConversation(id: string) {
  return useQuery({
    queryKey: ["conversation", id],
    queryFn: () => readConversation(id),
    refetchInterval: (query) => {
      const waiting = query.state.data?.turns.find((turn) => turn.state === "waiting");
      if (!waiting || !query.state.data) return false;
      return waitedMs(query.state.data, waiting) < EAGER_FOR_MS ? EAGER_MS : PATIENT_MS;
    },
  });
}

/** How long the answers had been awaited when the server told us, by the server's clock alone. */
export function waitedMs(conversation: Conversation, turn: Turn): number {
  return Math.max(0, Date.parse(conversation.server_time) - Date.parse(turn.asked_at));
}

function readConversation(id: string): Promise<Conversation> {
  return unwrap(
    api.GET("/api/v1/conversations/{conversation_id}", { params: ofConversation(id) }),
  );
}

export function startConversation(project: string, clientUuid: string): Promise<Conversation> {
  return unwrap(
    api.POST("/api/v1/projects/{project_id}/conversations", {
      params: ofProject(project),
      body: { client_uuid: clientUuid },
    }),
  );
}

export function say(
  conversation: string,
  message: { clientUuid: string; text: string; continueWith: string | null },
): Promise<Conversation> {
  return unwrap(
    api.POST("/api/v1/conversations/{conversation_id}/turns", {
      params: ofConversation(conversation),
      body: {
        client_uuid: message.clientUuid,
        text: message.text,
        continue_with: message.continueWith,
      },
    }),
  );
}

export function askAgain(conversation: string, number: number): Promise<Conversation> {
  return unwrap(
    api.POST("/api/v1/conversations/{conversation_id}/turns/{number}/retry", {
      params: { path: { conversation_id: conversation, number } },
    }),
  );
}

export function endConversation(conversation: string): Promise<Conversation> {
  return unwrap(
    api.POST("/api/v1/conversations/{conversation_id}/end", { params: ofConversation(conversation) }),
  );
}

export function useChatSettings(project: string) {
  return useQuery({
    queryKey: ["chat-settings", project],
    queryFn: () =>
      unwrap(api.GET("/api/v1/projects/{project_id}/chat-settings", { params: ofProject(project) })),
  });
}

export function changeChatSettings(project: string, settings: ChatSettings): Promise<ChatSettings> {
  return unwrap(
    api.PUT("/api/v1/projects/{project_id}/chat-settings", {
      params: ofProject(project),
      body: settings,
    }),
  );
}
