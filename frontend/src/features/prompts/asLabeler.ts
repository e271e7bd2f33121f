/** A prompt in the shape in which the labeling screens take work. No server knows its slot. */

import type { Assignment } from "@/features/labeling/api";
import { Journal } from "@/features/labeling/journal";
import type { Project } from "@/features/projects/queries";
import type { PromptDetail } from "./api";

/** Keeps nothing: what is tried out in a preview is nobody's judgment. */
export class ForgetfulJournal extends Journal {
  override open(): Promise<void> {
    return Promise.resolve();
  }

  override write(): Promise<void> {
    return Promise.resolve();
  }
}

export function asAssignment(
  prompt: PromptDetail,
  project: Project,
  texts: readonly string[],
  kind: "ranking" | "demonstration",
): Assignment {
  const name = `preview.${prompt.id}`;
  const { mode, steps, axes, flags, allow_ties, draw_cut, write_better, mark_spans, take_notes } = project;
  return {
    slot_id: name,
    lease_token: name,
    lease_until: "",
    lease_seconds: 0,
    project_id: project.id,
    item: { id: name, kind },
    prompt: { messages: prompt.messages },
    completions: kind === "ranking" ? texts.map((text, index) => ({ id: `${name}.${index}`, text })) : [],
    screen: { mode, steps, axes, flags, allow_ties, draw_cut, write_better, mark_spans, take_notes },
    supersedes: null,
    guideline: null,
    draft: null,
    presentation_id: name,
    server_time: "",
  };
}

/** Answers to try the screen with, of different lengths and forms. */
export function placeholders(language: string): string[] {
  return language.startsWith("zh") ? CHINESE : ENGLISH;
}

const ENGLISH = [
  "A short answer.",
  "A longer answer that takes its time. It has **bold words**, a second sentence, and a reason for what it says.",
  "An answer with a list:\n\n1. the first point\n2. the second point\n3. the third point",
  "An answer with code:\n\n```python\nprint(\"hello\")\n```",
];
const CHINESE = [
  "一个简短的回答。",
  "一个更长的回答，说得更细。这里有**加粗的文字**、第二句话，以及这样说的理由。",
  "带列表的回答：\n\n1. 第一点\n2. 第二点\n3. 第三点",
  "带代码的回答：\n\n```python\nprint(\"你好\")\n```",
];
