/** What a stored judgment says, in the form in which it was submitted; every part may be missing. */

export interface Said {
  text: string;
  note: string;
  tiers: string[][];
  unplaced: string[];
  cannot_judge: string[];
  unacceptable_below: number | null;
  grades: Record<string, Record<string, number>>;
  flags: Record<string, string[]>;
  notes: Record<string, string>;
  better_answer: { text: string } | null;
}

const NOTHING: Said = {
  text: "",
  note: "",
  tiers: [],
  unplaced: [],
  cannot_judge: [],
  unacceptable_below: null,
  grades: {},
  flags: {},
  notes: {},
  better_answer: null,
};

export function saidFrom(content: Record<string, unknown>): Said {
  return { ...NOTHING, ...(content as Partial<Said>) };
}
