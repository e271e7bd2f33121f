import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import type { TextKey, TextParams } from "@/lib/i18n";
import type { Assignment, RankingBody } from "../api";
import type { Panel } from "../LabelPage";
import { readingFrom, unreadOf } from "../reading";
import { useActiveTime } from "../useActiveTime";
import { useDraft } from "../useDraft";
import { useReading } from "../useReading";
import { recordOf, remarksFrom, saidIn, written, type Given, type ModeContent, type Remarks } from "./work";

export interface ModeProps {
  assignment: Assignment;
  lang: string;
  panelOpen: boolean;
  onOpen: (panel: Panel) => void;
  onSubmit: (body: RankingBody) => void;
  notices: ReactNode;
  lastSent: ReactNode;
  /** Panels that make no sense here. */
  without?: readonly Panel[];
}

/** What a screen reader hears: a key and its values, so that it can be translated. */
export interface Said {
  key: TextKey;
  params?: TextParams;
}

/** What stands against handing in, as the labeler was told. */
export interface Asked {
  unplaced: number;
  unread: readonly string[];
}

interface Mode<State> {
  name: RankingBody["mode"];
  /** The state a draft or an earlier judgment had, or an empty one. */
  load: (given: Given) => State;
  content: (state: State) => ModeContent;
  /** Leaving answers unplaced is how the mode works, and not asked about. */
  mayLeave?: boolean;
}

interface Moment<State> {
  readonly state: State;
  readonly flags: Remarks["flags"];
}

interface Work<State> extends Moment<State> {
  readonly remarks: Omit<Remarks, "flags">;
  readonly past: readonly Moment<State>[];
}

/** One judgment in the making, whatever the mode: its state, remarks, draft, undo and handing in. */
export function useModeWork<State>(props: ModeProps, mode: Mode<State>) {
  const { assignment, onSubmit } = props;
  const { screen } = assignment;
  const order = useMemo(() => assignment.completions.map(({ id }) => id), [assignment]);
  const payload = useRef<() => object>(() => ({}));
  const draft = useDraft(assignment, () => payload.current());
  const [seenBefore] = useState(() => readingFrom(recordOf(draft.start).reading, order));
  const reading = useReading(order, seenBefore);
  const activeMs = useActiveTime(draft.activeMs, reading.look);
  const [work, setWork] = useState<Work<State>>(() => {
    const given = recordOf(draft.start);
    const { flags, ...remarks } = remarksFrom(given, order, screen);
    return { state: mode.load(given), flags, remarks, past: [] };
  });
  const latest = useRef(work);
  const [said, setSaid] = useState<Said | null>(null);
  const [raw, setRaw] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const nudged = useRef(false);

  const content = (now: Work<State>) =>
    saidIn(mode.name, order, mode.content(now.state), { ...now.remarks, flags: now.flags });
  payload.current = () => ({
    version: 2,
    ...content(latest.current),
    reading: reading.now(),
    active_ms: activeMs(),
  });
  const settle = (now: Work<State>, words: Said | null) => {
    latest.current = now;
    setWork(now);
    setSaid(words);
    setAsked(null);
    draft.save(payload.current());
  };

  /** The next state; undo comes back to the one before. */
  const change = (state: State, words: Said | null = null) => {
    const now = latest.current;
    if (state === now.state) return;
    const moment = { state: now.state, flags: now.flags };
    settle({ ...now, state, past: [...now.past, moment] }, words);
  };
  const toggleFlag = (id: string, flag: string) => {
    const now = latest.current;
    const mine = now.flags[id] ?? [];
    const flags = {
      ...now.flags,
      [id]: mine.includes(flag) ? mine.filter((each) => each !== flag) : [...mine, flag],
    };
    settle({ ...now, flags, past: [...now.past, { state: now.state, flags: now.flags }] }, null);
  };
  /** What is typed: no step of undo, the field has its own. */
  const write = (remarks: Partial<Omit<Remarks, "flags">>) => {
    const now = latest.current;
    settle({ ...now, remarks: { ...now.remarks, ...remarks } }, said);
  };
  const undo = () => {
    const now = latest.current;
    const before = now.past.at(-1);
    if (before) settle({ ...now, ...before, past: now.past.slice(0, -1) }, { key: "labeling.say.undone" });
  };
  /** Say once what is missing, then hand in. */
  const submit = () => {
    const said = content(latest.current);
    if (said.tiers.length === 0) return;
    const seen = reading.now();
    const unplaced = mode.mayLeave ? 0 : said.unplaced.length;
    const unread = unreadOf(seen, order);
    if (!asked && (unplaced > 0 || (unread.length > 0 && !nudged.current))) {
      nudged.current = true;
      setAsked({ unplaced, unread });
      return;
    }
    draft.stop();
    onSubmit({
      ...said,
      better_answer: written(said.better_answer, assignment.completions),
      grades: {},
      spans: {},
      reading: seen,
      unread_accepted: nudged.current && unread.length > 0,
      active_ms: activeMs(),
    });
  };
  const say = useCallback((key: TextKey, params?: TextParams) => setSaid({ key, ...(params && { params }) }), []);

  return {
    order,
    screen,
    state: work.state,
    /** The state as the latest key left it, for keys that follow within a frame. */
    now: () => latest.current.state,
    flags: work.flags,
    remarks: work.remarks,
    raw,
    setRaw,
    reading,
    said,
    say,
    asked,
    change,
    toggleFlag,
    write,
    undo,
    canUndo: work.past.length > 0,
    submit,
  };
}

export type ModeWork<State> = ReturnType<typeof useModeWork<State>>;

/** What the frame needs of it, whatever the state is. */
export type AnyWork = Omit<ModeWork<unknown>, "state" | "now" | "change">;
