import { lazy, Suspense, useCallback, type RefObject } from "react";
import type { Marking } from "@/features/text/MarkedText";
import { ModelText } from "@/features/text/ModelText";
import type { Span } from "@/features/text/spans";
import { useText } from "@/lib/i18n";
import { AnswerCard } from "./AnswerCard";
import { AnswerFoot } from "./AnswerFoot";
import { AnswerTools } from "./AnswerTools";
import { placeWords } from "./announcements";
import type { Assignment } from "./api";
import { letterOf, placeOf, TRAY, UNJUDGEABLE } from "./board";
import { isGraded } from "./judgment";
import { LanePicker } from "./LanePicker";
import { flagWords } from "./names";
import { ReadingPane } from "./ReadingPane";
import type { JudgmentHandle } from "./useJudgment";

const MarkedText = lazy(() => import("@/features/text/MarkedText"));

const NO_SPANS: readonly Span[] = [];

/** How each answer is asked to let a passage be chosen by key. */
export type Markings = Map<string, Marking>;

interface Props {
  assignment: Assignment;
  work: JudgmentHandle;
  lang: string;
  raw: boolean;
  /** The list of flags of the answer in focus is open. */
  flagging: boolean;
  onFlagging: (on: boolean) => void;
  onNote: (id: string) => void;
  markings: RefObject<Markings>;
}

/** All answers in full, with what can be said of each at its head and what was said at its foot. */
export function Answers({ assignment, work, lang, raw, flagging, onFlagging, onNote, markings }: Props) {
  const { t } = useText();
  const { judgment, dispatch, reading } = work;
  const { content, focused, screen, step } = judgment;
  const { board } = content;
  const focus = useCallback((id: string) => dispatch({ type: "focus", id }), [dispatch]);
  const longest = Math.max(...assignment.completions.map(({ text }) => text.length));

  return (
    <ReadingPane count={board.order.length} longest={longest}>
      {assignment.completions.map(({ id, text }) => {
        const letter = letterOf(board, id);
        const place = placeOf(board, id);
        const reachable = focused === id;
        const flags = content.flags[id] ?? [];
        const note = content.notes[id] ?? "";
        const flag = (name: string) => dispatch({ type: "flag", id, flag: name });
        return (
          <AnswerCard
            key={id}
            id={id}
            letter={letter}
            state={step === "grade" ? gradeWords(id) : placeWords(t, place)}
            text={text}
            lang={lang}
            focused={focused === id}
            read={reading.states[id] ?? "unread"}
            raw={raw}
            canDrag={step === "tier"}
            onFocus={focus}
            watch={reading.watch}
            marks={
              (screen.flags.length > 0 || screen.take_notes) && (
                <AnswerTools
                  letter={letter}
                  flags={screen.flags}
                  set={flags}
                  open={flagging && reachable}
                  reachable={reachable}
                  hasNote={note.trim() !== ""}
                  onOpen={(on) => {
                    focus(id);
                    onFlagging(on);
                  }}
                  onFlag={flag}
                  onNote={screen.take_notes ? () => onNote(id) : undefined}
                />
              )
            }
            tools={
              step === "tier" && (
                <LanePicker
                  letter={letter}
                  place={place}
                  lanes={board.order.length}
                  reachable={reachable}
                  onPlace={(to) => dispatch({ type: "place", id, place: to, advance: to !== TRAY })}
                />
              )
            }
            foot={<AnswerFoot flags={flags} note={note} onUnflag={flag} onNote={() => onNote(id)} />}
          >
            {screen.mark_spans && (
              <Suspense fallback={<ModelText text={text} raw={raw} />}>
                <MarkedText
                  ref={(marking) => {
                    if (marking) markings.current.set(id, marking);
                    else markings.current.delete(id);
                  }}
                  text={text}
                  raw={raw}
                  lang={lang}
                  spans={content.spans[id] ?? NO_SPANS}
                  flags={screen.flags}
                  flagName={(name) => flagWords(t, name)}
                  onSpans={(spans) => dispatch({ type: "spans", id, spans })}
                />
              </Suspense>
            )}
          </AnswerCard>
        );
      })}
    </ReadingPane>
  );

  function gradeWords(id: string): string {
    if (placeOf(board, id) === UNJUDGEABLE) return t("labeling.unjudgeable");
    return t(isGraded(judgment, id) ? "labeling.graded" : "labeling.ungraded");
  }
}
