/** The steps of setting up a project, what it is for, and screens to start from. */

import type { Screen } from "@/features/manage/ScreenFields";

export const STEPS = ["start", "screen", "guidelines", "prompts", "mix", "people", "open"] as const;
export type StepName = (typeof STEPS)[number];

export const PURPOSES = ["compare", "demonstrations", "red_team", "evaluate"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Where answers are written, none are mixed. */
export function stepsFor(purpose: Purpose): readonly StepName[] {
  return STEPS.filter((step) => step !== "mix" || purpose !== "demonstrations");
}

export const PRESETS = ["instructgpt", "hh", "summaries"] as const;
export type Preset = (typeof PRESETS)[number];

export interface Setup {
  screen: Screen;
  completions: number;
  judgments: number;
}

const PLAIN: Screen = {
  mode: "tiers",
  steps: [],
  axes: [],
  flags: [],
  allow_ties: true,
  draw_cut: false,
  write_better: false,
  mark_spans: false,
  take_notes: false,
};

/** InstructGPT: Ouyang et al. 2022, 4 to 9 answers. HH: Bai et al. 2022, pairs. Summaries: Stiennon et al. 2020. */
export const SETUPS: Record<Preset, Setup> = {
  instructgpt: {
    screen: {
      ...PLAIN,
      steps: ["grade"],
      axes: ["overall"],
      flags: ["hallucination", "harmful"],
      take_notes: true,
    },
    completions: 4,
    judgments: 1,
  },
  hh: { screen: { ...PLAIN, mode: "duel", allow_ties: false }, completions: 2, judgments: 1 },
  summaries: {
    screen: {
      ...PLAIN,
      steps: ["grade"],
      axes: ["overall", "truthful", "helpful"],
    },
    completions: 2,
    judgments: 2,
  },
};

const RED_TEAM: Setup = {
  screen: { ...PLAIN, flags: ["harmful", "hallucination"], mark_spans: true, draw_cut: true },
  completions: 4,
  judgments: 1,
};
const EVALUATE: Setup = {
  screen: { ...PLAIN, mode: "duel", allow_ties: true },
  completions: 2,
  judgments: 3,
};

/** The screen that a purpose begins with. */
export function setupFor(purpose: Purpose): Setup {
  if (purpose === "red_team") return RED_TEAM;
  return purpose === "evaluate" ? EVALUATE : SETUPS.instructgpt;
}

export interface PastedRow {
  prompt: string;
  completions: string[];
}

/**
 * Pasted text as rows. For demonstrations every line is a prompt. For rankings an empty line ends a row; in a
 * row the lines that begin with "- " are answers, and what stands before them is the prompt.
 */
export function rowsOf(text: string, writing: boolean): PastedRow[] {
  if (writing) {
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((prompt) => ({ prompt, completions: [] }));
  }
  const rows: PastedRow[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const lines = block.split("\n").filter((line) => line.trim() !== "");
    const isAnswer = (line: string) => /^\s*[-–•]\s+/.test(line);
    const prompt = lines
      .filter((line) => !isAnswer(line))
      .join("\n")
      .trim();
    const completions = lines.filter(isAnswer).map((line) => line.replace(/^\s*[-–•]\s+/, "").trim());
    if (prompt !== "") rows.push({ prompt, completions });
  }
  return rows;
}
