/** The server's refusals around a chat, in the reader's language. */

import { Problem } from "@/lib/http";
import type { TextKey } from "@/lib/i18n";

const KNOWN: Record<string, TextKey> = {
  chat_closed: "chat.closed",
  no_conversations_left: "chat.problem.noneLeft",
  not_qualified: "chat.problem.notQualified",
  conversation_ended: "chat.problem.ended",
  conversation_full: "chat.full",
  still_waiting: "chat.problem.elsewhere",
  not_ranked: "chat.problem.elsewhere",
  prompt_on_one_side_only: "chat.problem.reserved",
};

export function problemKey(error: unknown): TextKey {
  return codeKey(error instanceof Problem ? error.code : "");
}

export function codeKey(code: string): TextKey {
  return KNOWN[code] ?? "chat.problem.other";
}
