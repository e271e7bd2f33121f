import { lazy, Suspense } from "react";
import { useText } from "@/lib/i18n";
import type { Assignment } from "./api";
import { letterOf } from "./board";
import { CompareDialog } from "./CompareDialog";
import type { Judgment, JudgmentAction } from "./judgment";
import { NoteDialog } from "./NoteDialog";

const BetterSheet = lazy(() => import("./modes/BetterSheet"));

/** What lies over the screen for a moment. */
export type Open =
  | { what: "note"; id: string }
  | { what: "noteWhole" }
  | { what: "difference" }
  | { what: "better" }
  | null;

interface Props {
  open: Open;
  assignment: Assignment;
  judgment: Judgment;
  lang: string;
  dispatch: (action: JudgmentAction) => void;
  onClose: () => void;
}

/** Notes, the difference of two answers, and the better answer somebody writes. */
export function RankingDialogs({ open, assignment, judgment, lang, dispatch, onClose }: Props) {
  const { t } = useText();
  const { content, focused } = judgment;
  const letter = (id: string) => letterOf(content.board, id);
  switch (open?.what) {
    case undefined:
      return null;
    case "note":
      return (
        <NoteDialog
          title={t("labeling.noteOn", { letter: letter(open.id) })}
          text={content.notes[open.id] ?? ""}
          longest={2000}
          onChange={(text) => dispatch({ type: "note", id: open.id, text })}
          onClose={onClose}
        />
      );
    case "noteWhole":
      return (
        <NoteDialog
          title={t("labeling.noteOnAll")}
          text={content.note}
          longest={4000}
          onChange={(text) => dispatch({ type: "noteWhole", text })}
          onClose={onClose}
        />
      );
    case "difference":
      return (
        <CompareDialog
          order={content.board.order}
          texts={Object.fromEntries(assignment.completions.map(({ id, text }) => [id, text]))}
          lang={lang}
          letter={letter}
          one={focused}
          other={neighbourOf(content.board.order, focused)}
          onClose={onClose}
        />
      );
    case "better":
      return (
        <Suspense>
          <BetterSheet
            messages={assignment.prompt.messages}
            lang={lang}
            answers={assignment.completions.map(({ id, text }) => ({ id, text, letter: letter(id) }))}
            value={content.better}
            onChange={(better) => dispatch({ type: "better", better })}
            onClose={onClose}
          />
        </Suspense>
      );
  }
}

/** The answer beside another: the next one, or the one before the last. */
function neighbourOf(order: readonly string[], id: string): string {
  const at = order.indexOf(id);
  return order[at + 1] ?? order[at - 1] ?? id;
}
