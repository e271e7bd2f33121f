import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { changePreferences, usePreferences } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import type { Scope } from "../actions";
import { ActionsProvider, type Handlers } from "../ActionsProvider";
import { letterOf } from "../board";
import { soundKeys } from "../keymap";
import { PromptPane, usePromptView } from "../PromptPane";
import { Spoken } from "../Spoken";
import { Answers, type Looks } from "./Answers";
import styles from "./ModeFrame.module.css";
import type { AnyWork, ModeProps } from "./useModeWork";
import { useRemarks } from "./useRemarks";

const BetterSheet = lazy(() => import("./BetterSheet"));

interface Props extends Looks {
  mode: ModeProps;
  work: AnyWork;
  scope: Scope;
  /** What the keys of the mode do. */
  handlers: Handlers;
  /** The answers on screen, in this order. */
  shown: readonly string[];
  focused: string;
  onFocus: (id: string) => void;
  /** The order, or what was decided so far; beside the answers where there is room. */
  side?: ReactNode;
  sideName?: string;
  /** What is being asked, and the way on; always in sight. */
  dock: ReactNode;
}

/** The page around every mode: prompt, answers, what was decided, and the dock with the question. */
export function ModeFrame(props: Props) {
  const { mode, work, scope, handlers, shown, focused, onFocus, side, sideName, dock, ...looks } = props;
  const { t } = useText();
  const { assignment, lang, panelOpen, onOpen, notices, lastSent, without = [] } = mode;
  const preferences = usePreferences();
  const prompt = usePromptView();
  const remarks = useRemarks(mode, work, shown, focused, onFocus);
  const [writing, setWriting] = useState(false);
  const keys = useMemo(() => soundKeys(preferences.keys), [preferences.keys]);
  const { columns, panes, sync_scroll } = preferences;
  const all: Handlers = {
    ...handlers,
    ...remarks.handlers,
    better: work.screen.write_better
      ? { run: () => setWriting(true), pressed: work.remarks.better !== null }
      : undefined,
    prompt: { run: prompt.toggle, pressed: prompt.open },
    skip: without.includes("skip") ? undefined : { run: () => onOpen("skip") },
    report: without.includes("report") ? undefined : { run: () => onOpen("report") },
    guidelines: { run: () => onOpen("guidelines") },
    help: { run: () => onOpen("help") },
    raw: { run: () => work.setRaw(!work.raw), pressed: work.raw },
    columns: { run: () => changePreferences({ columns: columns === 3 ? null : (((columns ?? 0) + 1) as 1 | 2 | 3) }) },
    panes: { run: () => changePreferences({ panes: !panes }), pressed: panes },
    sync: { run: () => changePreferences({ sync_scroll: !sync_scroll }), pressed: sync_scroll, enabled: panes },
  };
  return (
    <ActionsProvider
      scope={remarks.scope ?? scope}
      handlers={all}
      keys={keys}
      silent={panelOpen || remarks.silent || writing}
    >
      <div className={styles.screen} data-side={side !== undefined}>
        <div className={styles.reading}>
          {notices}
          <PromptPane messages={assignment.prompt.messages} lang={lang} view={prompt} raw={work.raw} />
          <Answers
            mode={mode}
            work={work}
            shown={shown}
            focused={focused}
            onFocus={onFocus}
            remarks={remarks}
            {...looks}
          />
        </div>
        {side !== undefined && (
          <aside className={styles.side} aria-label={sideName}>
            {side}
          </aside>
        )}
        <div className={styles.dock}>
          {dock}
          {lastSent && <div className={styles.last}>{lastSent}</div>}
        </div>
      </div>
      {writing && (
        <Suspense fallback={null}>
          <BetterSheet
            messages={assignment.prompt.messages}
            lang={lang}
            answers={assignment.completions.map(({ id, text }) => ({ id, text, letter: letterOf(work, id) }))}
            value={work.remarks.better}
            onChange={(better) => work.write({ better })}
            onClose={() => setWriting(false)}
          />
        </Suspense>
      )}
      {remarks.dialogs}
      <Spoken said={work.said} words={work.said ? t(work.said.key, work.said.params) : ""} />
    </ActionsProvider>
  );
}
