/** What a conversation says about itself: the dialogue so far, and what is to be done now. */

import type { Conversation, Turn } from "./api";

export interface Line {
  role: "user" | "assistant";
  text: string;
  key: string;
}

export type Task = "rank" | "wait" | "choose" | "say" | "failed" | "over";

/** The turn whose answers are to be ranked: the first, since an earlier one may have been reopened. */
export function toRank(conversation: Conversation): Turn | undefined {
  return conversation.turns.find((turn) => turn.state === "ready");
}

export function lastTurn(conversation: Conversation): Turn | undefined {
  return conversation.turns.at(-1);
}

/** What the labeler is to do next. */
export function taskOf(conversation: Conversation): Task {
  if (conversation.ended_at !== null) return "over";
  if (toRank(conversation)) return "rank";
  const last = lastTurn(conversation);
  if (last?.state === "waiting") return "wait";
  if (last?.state === "failed") return "failed";
  if (!conversation.is_open || conversation.turns.length >= conversation.most_turns) return "over";
  return last && last.replies.length > 1 ? "choose" : "say";
}

/** Everything said, with the answer of each turn that was gone on with. */
export function dialogue(conversation: Conversation): Line[] {
  const lines: Line[] = [];
  conversation.turns.forEach((turn, index) => {
    lines.push({ role: "user", text: turn.text, key: `said ${turn.number}` });
    const chosen = conversation.turns[index + 1]?.continues ?? onlyReply(turn);
    const answer = turn.replies.find((reply) => reply.id === chosen);
    if (answer) lines.push({ role: "assistant", text: answer.text, key: `answer ${turn.number}` });
  });
  return lines;
}

/** The answer to go on with when nobody has to choose: the only one, or the only best one. */
export function preselected(turn: Turn): string | null {
  const best = turn.tiers?.[0] ?? [];
  return onlyReply(turn) ?? (best.length === 1 ? best[0]! : null);
}

/** The tier of an answer, from 1; null where the labeler gave none. */
export function tierOf(turn: Turn, reply: string): number | null {
  const found = (turn.tiers ?? []).findIndex((tier) => tier.includes(reply));
  return found < 0 ? null : found + 1;
}

function onlyReply(turn: Turn): string | null {
  return turn.replies.length === 1 ? turn.replies[0]!.id : null;
}
