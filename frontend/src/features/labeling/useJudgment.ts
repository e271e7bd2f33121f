import { useCallback, useMemo, useRef, useState } from "react";
import { announcementFor, type Announcement } from "./announcements";
import type { Assignment, RankingBody } from "./api";
import { inPlace, placedCount, TRAY } from "./board";
import { reduce, type Judgment, type JudgmentAction } from "./judgment";
import { readingFrom, unreadOf } from "./reading";
import { bodyOf, draftOf, judgmentFrom } from "./submission";
import { useActiveTime } from "./useActiveTime";
import { useDraft } from "./useDraft";
import { useReading, type ReadingWatch } from "./useReading";

/** What stands against handing in, as the labeler was told. */
export interface Asked {
  unplaced: number;
  unread: readonly string[];
}

export interface JudgmentHandle {
  judgment: Judgment;
  dispatch: (action: JudgmentAction) => void;
  reading: ReadingWatch;
  said: Announcement | null;
  asked: Asked | null;
  canSubmit: boolean;
  /** Ask about what is missing, or hand in. */
  handIn: () => void;
}

/** One judgment on the screen: its state, its draft, what was read, and handing it in. */
export function useJudgment(
  assignment: Assignment,
  onSubmit: (body: RankingBody) => void,
): JudgmentHandle {
  const payload = useRef<() => object>(() => ({}));
  const draft = useDraft(assignment, () => payload.current());
  const [judgment, setJudgment] = useState(() => judgmentFrom(assignment, draft.start));
  const latest = useRef(judgment);
  const [said, setSaid] = useState<Announcement | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const nudged = useRef(false);
  const { order } = judgment.content.board;
  const [seenBefore] = useState(() =>
    readingFrom((draft.start as { reading?: unknown } | undefined)?.reading, order),
  );
  const [answers] = useState(order);
  const reading = useReading(answers, seenBefore);
  const activeMs = useActiveTime(draft.activeMs, reading.look);

  const { now: readNow } = reading;
  payload.current = () => draftOf(latest.current, readNow(), activeMs());
  const save = useCallback(() => draft.save(payload.current()), [draft]);

  const dispatch = useCallback(
    (action: JudgmentAction) => {
      const before = latest.current;
      const after = reduce(before, action);
      if (after === before) return;
      latest.current = after;
      setJudgment(after);
      const announcement = announcementFor(before, after, action);
      if (announcement) setSaid(announcement);
      if (after.content !== before.content || after.step !== before.step) {
        setAsked(null);
        save();
      }
    },
    [save],
  );

  const handIn = useCallback(() => {
    const { content } = latest.current;
    if (placedCount(content.board) === 0) return;
    const seen = readNow();
    const unplaced = inPlace(content.board, TRAY).length;
    const unread = unreadOf(seen, content.board.order);
    const isNews = (unread.length > 0 && !nudged.current) || unplaced > 0;
    if (isNews && !asked) {
      nudged.current = true;
      setAsked({ unplaced, unread });
      return;
    }
    draft.stop();
    onSubmit(
      bodyOf(latest.current, {
        answers: assignment.completions,
        reading: seen,
        activeMs: activeMs(),
        unreadAccepted: nudged.current && unread.length > 0,
      }),
    );
  }, [asked, draft, onSubmit, activeMs, readNow, assignment.completions]);

  const canSubmit = placedCount(judgment.content.board) > 0;
  return useMemo(
    () => ({ judgment, dispatch, reading, said, asked, canSubmit, handIn }),
    [judgment, dispatch, reading, said, asked, canSubmit, handIn],
  );
}
