import { useState, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { AnswerFoot } from "../AnswerFoot";
import { AnswerTools } from "../AnswerTools";
import type { Handler, Handlers } from "../ActionsProvider";
import type { Scope } from "../actions";
import { letterOf } from "../board";
import { CompareDialog } from "../CompareDialog";
import { NoteDialog } from "../NoteDialog";
import { readOn } from "../readOn";
import type { AnyWork, ModeProps } from "./useModeWork";

type Open = { what: "note"; id: string } | { what: "noteWhole" } | { what: "difference" } | null;

export interface RemarksHandle {
  /** While the list of flags is open, digits flag. */
  scope: Scope | undefined;
  /** A dialog lies over the screen. */
  silent: boolean;
  handlers: Handlers;
  /** Beside the letter: flags and note. */
  marks: (id: string) => ReactNode;
  foot: (id: string) => ReactNode;
  dialogs: ReactNode;
}

/** Flags, notes, the difference view and reading on: the same in every mode. */
export function useRemarks(
  { assignment, lang }: ModeProps,
  work: AnyWork,
  shown: readonly string[],
  focused: string,
  onFocus: (id: string) => void,
): RemarksHandle {
  const { t } = useText();
  const { screen, order, flags, remarks } = work;
  const [flagging, setFlagging] = useState<string | null>(null);
  const [open, setOpen] = useState<Open>(null);
  const letter = (id: string) => letterOf(work, id);
  const near = shown[shown.indexOf(focused) + 1] ?? shown[shown.indexOf(focused) - 1];
  const isFlagging = flagging !== null && flagging === focused;

  const flagHandlers = screen.flags.slice(0, 9).map((flag, index): [string, Handler] => [
    `flag-${index + 1}`,
    {
      run: () => {
        work.toggleFlag(focused, flag);
        setFlagging(null);
      },
    },
  ]);
  const handlers: Handlers = {
    ...(isFlagging ? Object.fromEntries(flagHandlers) : {}),
    flags:
      screen.flags.length > 0 && shown.length > 0
        ? { run: () => setFlagging(isFlagging ? null : focused), pressed: isFlagging }
        : undefined,
    note:
      screen.take_notes && shown.length > 0
        ? { run: () => setOpen({ what: "note", id: focused }) }
        : undefined,
    noteWhole: { run: () => setOpen({ what: "noteWhole" }) },
    difference: near === undefined ? undefined : { run: () => setOpen({ what: "difference" }) },
    readOn: { run: () => readOn(shown, letter, focused, work.reading, onFocus) },
  };

  const close = () => setOpen(null);
  return {
    scope: isFlagging ? "flag" : undefined,
    silent: open !== null,
    handlers,
    marks: (id) =>
      (screen.flags.length > 0 || screen.take_notes) && (
        <AnswerTools
          letter={letter(id)}
          flags={screen.flags}
          set={flags[id] ?? []}
          open={flagging === id}
          reachable={id === focused}
          hasNote={(remarks.notes[id] ?? "").trim() !== ""}
          onOpen={(on) => setFlagging(on ? id : null)}
          onFlag={(flag) => work.toggleFlag(id, flag)}
          onNote={screen.take_notes ? () => setOpen({ what: "note", id }) : undefined}
        />
      ),
    foot: (id) => (
      <AnswerFoot
        flags={flags[id] ?? []}
        note={remarks.notes[id] ?? ""}
        onUnflag={(flag) => work.toggleFlag(id, flag)}
        onNote={() => setOpen({ what: "note", id })}
      />
    ),
    dialogs: (
      <>
        {open?.what === "note" && (
          <NoteDialog
            title={t("labeling.noteOn", { letter: letter(open.id) })}
            text={remarks.notes[open.id] ?? ""}
            longest={2000}
            onChange={(text) => work.write({ notes: { ...remarks.notes, [open.id]: text } })}
            onClose={close}
          />
        )}
        {open?.what === "noteWhole" && (
          <NoteDialog
            title={t("labeling.noteOnAll")}
            text={remarks.note}
            longest={4000}
            onChange={(note) => work.write({ note })}
            onClose={close}
          />
        )}
        {open?.what === "difference" && near !== undefined && (
          <CompareDialog
            order={order}
            texts={Object.fromEntries(assignment.completions.map(({ id, text }) => [id, text]))}
            lang={lang}
            letter={letter}
            one={focused}
            other={near}
            onClose={close}
          />
        )}
      </>
    ),
  };
}
