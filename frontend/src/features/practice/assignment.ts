/** A practice item in the shape in which the ranking screen takes work. No server knows its slot. */

import type { Assignment, Screen } from "@/features/labeling/api";
import type { PracticeWork } from "./api";

const PLAIN: Omit<Screen, "allow_ties"> = {
  mode: "tiers",
  steps: [],
  axes: [],
  flags: [],
  draw_cut: false,
  write_better: false,
  mark_spans: false,
  take_notes: false,
};

export function asAssignment(
  work: PracticeWork,
  project: string,
  allowTies: boolean,
  tries: number,
): Assignment {
  const name = `practice.${work.id}.${tries}`;
  return {
    slot_id: name,
    lease_token: name,
    lease_until: "",
    lease_seconds: 0,
    project_id: project,
    item: { id: work.id, kind: "ranking" },
    prompt: work.prompt,
    completions: work.completions,
    screen: { ...PLAIN, allow_ties: allowTies },
    supersedes: null,
    guideline: null,
    draft: null,
    presentation_id: name,
    server_time: "",
  };
}
