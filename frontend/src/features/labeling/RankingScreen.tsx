import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { changePreferences, usePreferences } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import { ActionsProvider, type Handlers } from "./ActionsProvider";
import { Answers, type Markings } from "./Answers";
import type { Assignment, RankingBody } from "./api";
import { pairToConfirm } from "./confirm";
import { Finish } from "./Finish";
import { Frame } from "./Frame";
import { isGraded, judged, stepsOf, type Step } from "./judgment";
import { soundKeys } from "./keymap";
import type { Panel } from "./LabelPage";
import { BoardJump } from "./BoardJump";
import { OrderInWords } from "./OrderInWords";
import { PromptPane, usePromptView } from "./PromptPane";
import { RankingDialogs, type Open } from "./RankingDialogs";
import { rankingHandlers } from "./rankingHandlers";
import { ConfirmPair } from "./steps/ConfirmPair";
import { ConfirmPanel, type Side } from "./steps/ConfirmPanel";
import { FinalSheet } from "./steps/FinalSheet";
import { GradePanel } from "./steps/GradePanel";
import { SuggestionAtThumb } from "./steps/SuggestionAtThumb";
import { TierPanel } from "./steps/TierPanel";
import { Steps } from "./Steps";
import { useJudgment } from "./useJudgment";

interface Props {
  assignment: Assignment;
  lang: string;
  panelOpen: boolean;
  onOpen: (panel: Panel) => void;
  /** What is not offered here. */
  without?: readonly Panel[];
  onSubmit: (body: RankingBody) => void;
  notices: ReactNode;
  lastSent: ReactNode;
}

/** Rank the answers of one prompt, step by step. Mounted anew for every item. */
export function RankingScreen(props: Props) {
  const { assignment, lang, panelOpen, onOpen, onSubmit, notices, lastSent } = props;
  const { without = [] } = props;
  const { t } = useText();
  const work = useJudgment(assignment, onSubmit);
  const { judgment, dispatch, reading, said, asked } = work;
  const { content, step, focused, screen } = judgment;
  const { board } = content;
  const preferences = usePreferences();
  const prompt = usePromptView();
  const [raw, setRaw] = useState(false);
  const [flagging, setFlagging] = useState(false);
  const [open, setOpen] = useState<Open>(null);
  const [side, setSide] = useState<Side | null>(null);
  const [differing, setDiffering] = useState(false);
  const keys = useMemo(() => soundKeys(preferences.keys), [preferences.keys]);
  const steps = stepsOf(screen);
  const pair = step === "confirm" ? pairToConfirm(content, screen) : undefined;
  const texts = useMemo(
    () => Object.fromEntries(assignment.completions.map(({ id, text }) => [id, text])),
    [assignment],
  );
  const markings = useRef<Markings>(new Map());
  useEffect(() => setSide(null), [pair?.upper, pair?.lower]);
  useTopOf(step, pair?.upper, pair?.lower);
  useEffect(() => setFlagging(false), [focused, step]);

  const handlers: Handlers = {
    ...rankingHandlers({ work, steps, pair, side, setSide, flagging, setFlagging, setOpen }),
    difference:
      step === "confirm"
        ? { run: () => setDiffering((on) => !on), pressed: differing }
        : { run: () => setOpen({ what: "difference" }) },
    better: screen.write_better
      ? { run: () => setOpen({ what: "better" }), pressed: content.better !== null }
      : undefined,
    mark: screen.mark_spans
      ? { run: () => markings.current.get(focused)?.chooseByKey(), enabled: !raw }
      : undefined,
    skip: without.includes("skip") ? undefined : { run: () => onOpen("skip") },
    report: without.includes("report") ? undefined : { run: () => onOpen("report") },
    guidelines: { run: () => onOpen("guidelines") },
    help: { run: () => onOpen("help") },
    prompt: { run: prompt.toggle, pressed: prompt.open },
    raw: { run: () => setRaw((on) => !on), pressed: raw },
    columns: { run: () => changePreferences({ columns: nextColumns(preferences.columns) }) },
    panes: { run: () => changePreferences({ panes: !preferences.panes }), pressed: preferences.panes },
    sync: {
      run: () => changePreferences({ sync_scroll: !preferences.sync_scroll }),
      pressed: preferences.sync_scroll,
      enabled: preferences.panes,
    },
  };

  const promptPane = (
    <PromptPane messages={assignment.prompt.messages} lang={lang} view={prompt} raw={raw} />
  );
  return (
    <ActionsProvider
      scope={flagging ? "flag" : step}
      handlers={handlers}
      keys={keys}
      silent={panelOpen || open !== null}
    >
      <Frame
        notices={notices}
        prompt={promptPane}
        said={said}
        sideLabel={t("labeling.yourOrder")}
        dock={step === "grade" || step === "confirm"}
        side={
          <>
            <Steps steps={steps} step={step} onGo={(to) => dispatch({ type: "goTo", step: to })} />
            {step === "grade" && <GradePanel judgment={judgment} dispatch={dispatch} />}
            {step === "tier" && (
              <TierPanel judgment={judgment} states={reading.states} dispatch={dispatch} />
            )}
            {step === "confirm" && <ConfirmPanel judgment={judgment} pair={pair} chosen={side} />}
            <Finish primary={primaryWords()} asked={asked} board={board} lastSent={lastSent}>
              {step === "tier" && <SuggestionAtThumb judgment={judgment} />}
              {step !== "grade" && (
                <OrderInWords board={board}>{step === "tier" && <BoardJump />}</OrderInWords>
              )}
            </Finish>
          </>
        }
      >
        {step === "confirm" && pair ? (
          <ConfirmPair
            judgment={judgment}
            pair={pair}
            texts={texts}
            lang={lang}
            raw={raw}
            differing={differing}
            chosen={side}
            reading={reading}
          />
        ) : step === "final" || step === "confirm" ? (
          <FinalSheet
            judgment={judgment}
            texts={texts}
            lang={lang}
            states={reading.states}
            dispatch={dispatch}
          />
        ) : (
          <Answers
            assignment={assignment}
            work={work}
            lang={lang}
            raw={raw}
            flagging={flagging}
            onFlagging={setFlagging}
            onNote={(id) => setOpen({ what: "note", id })}
            markings={markings}
          />
        )}
      </Frame>
      <RankingDialogs
        open={open}
        assignment={assignment}
        judgment={judgment}
        lang={lang}
        dispatch={dispatch}
        onClose={() => setOpen(null)}
      />
    </ActionsProvider>
  );

  function primaryWords(): string {
    const after: Step | undefined = steps[steps.indexOf(step) + 1];
    if (after === undefined) return t("labeling.submit");
    if (step === "grade") {
      const left = judged(content).filter((id) => !isGraded(judgment, id)).length;
      return left > 0 ? t("labeling.toTiersUngraded", { count: left }) : t("labeling.toTiers");
    }
    if (step === "confirm" && pair && side === null) return t("labeling.skipConfirming");
    if (step === "confirm" && pair) return t("labeling.nextPair");
    return t(`labeling.to.${after === "confirm" ? "confirm" : "final"}`);
  }
}

function nextColumns(now: number | null): 1 | 2 | 3 | null {
  return now === null ? 1 : now === 1 ? 2 : now === 2 ? 3 : null;
}

/** A pair and the summary are read from their top, and heard: what had the focus before is gone. */
function useTopOf(step: Step, ...pair: (string | undefined)[]): void {
  useEffect(() => {
    if (step !== "confirm" && step !== "final") return;
    const part = document.querySelector<HTMLElement>("[data-top]");
    if (document.activeElement === document.body) part?.focus({ preventScroll: true });
    if (part && part.getBoundingClientRect().bottom + window.scrollY > window.innerHeight) part.scrollIntoView();
    else window.scrollTo({ top: 0 });
  }, [step, ...pair]);
}
