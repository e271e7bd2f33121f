import type { ReactNode } from "react";
import { AnswerCard } from "../AnswerCard";
import { letterOf } from "../board";
import { ReadingPane } from "../ReadingPane";
import type { AnyWork, ModeProps } from "./useModeWork";
import type { RemarksHandle } from "./useRemarks";

/** How a mode wants its answers to look. */
export interface Looks {
  /** Where an answer stands, in words. */
  stateOf: (id: string) => string;
  canDrag?: boolean;
  /** At the right end of its head. */
  tools?: (id: string) => ReactNode;
  /** Beside the letter. */
  marks?: (id: string) => ReactNode;
}

interface Props extends Looks {
  mode: ModeProps;
  work: AnyWork;
  shown: readonly string[];
  focused: string;
  onFocus: (id: string) => void;
  remarks: RemarksHandle;
}

/** The answers a mode asks about, in full. */
export function Answers(props: Props) {
  const { mode, work, shown, focused, onFocus, remarks, stateOf, canDrag = false, tools, marks } = props;
  const texts = new Map(mode.assignment.completions.map(({ id, text }) => [id, text]));
  const longest = Math.max(0, ...shown.map((id) => texts.get(id)?.length ?? 0));
  return (
    <ReadingPane count={shown.length} longest={longest}>
      {shown.map((id) => (
        <AnswerCard
          key={id}
          id={id}
          letter={letterOf(work, id)}
          state={stateOf(id)}
          text={texts.get(id) ?? ""}
          lang={mode.lang}
          focused={focused === id}
          read={work.reading.states[id] ?? "unread"}
          raw={work.raw}
          canDrag={canDrag}
          onFocus={onFocus}
          watch={work.reading.watch}
          tools={tools?.(id)}
          marks={
            <>
              {remarks.marks(id)}
              {marks?.(id)}
            </>
          }
          foot={remarks.foot(id)}
        />
      ))}
    </ReadingPane>
  );
}
