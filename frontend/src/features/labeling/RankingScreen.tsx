import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { renderAhead } from "@/features/text/rendered";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { actionById, actionFor, type ActionContext } from "./actions";
import { AnswerCard } from "./AnswerCard";
import { announcementFor, type Announcement } from "./announcements";
import type { Assignment, RankingBody } from "./api";
import {
  inPlace,
  letterOf,
  newBoard,
  placedCount,
  placeOf,
  placesFrom,
  reduceBoard,
  tiersOf,
  TRAY,
  UNJUDGEABLE,
  type BoardAction,
  type Place,
} from "./board";
import type { Panel } from "./LabelPage";
import { OrderInWords } from "./OrderInWords";
import { PromptPane } from "./PromptPane";
import { Rail } from "./Rail";
import styles from "./RankingScreen.module.css";
import { useActiveTime } from "./useActiveTime";
import { useDraft } from "./useDraft";

interface Props {
  assignment: Assignment;
  next: Assignment | null;
  lang: string;
  panelOpen: boolean;
  onOpen: (panel: Panel) => void;
  onSubmit: (body: RankingBody) => void;
  notices: ReactNode;
  lastSent: ReactNode;
}

/** Rank the answers of one prompt. Mounted anew for every item. */
export function RankingScreen(props: Props) {
  const { assignment, next, lang, panelOpen, onOpen, onSubmit, notices, lastSent } = props;
  const { t } = useText();
  const draft = useDraft(assignment);
  const [board, setBoard] = useState(() =>
    newBoard(
      assignment.completions.map((completion) => completion.id),
      assignment.screen.allow_ties,
      placesFrom(draft.start),
    ),
  );
  const latest = useRef(board);
  const [said, setSaid] = useState<Announcement | null>(null);
  const [promptOpen, setPromptOpen] = useState(true);
  const [raw, setRaw] = useState(false);
  const [asked, setAsked] = useState(false);
  const activeMs = useActiveTime(draft.activeMs);
  const texts = useMemo(
    () => Object.fromEntries(assignment.completions.map(({ id, text }) => [id, text])),
    [assignment],
  );

  const dispatch = useCallback(
    (action: BoardAction) => {
      const before = latest.current;
      const after = reduceBoard(before, action);
      latest.current = after;
      setBoard(after);
      setAsked(false);
      setSaid(announcementFor(before, after, action));
      if (after.places !== before.places) {
        draft.save({ version: 1, places: after.places, active_ms: activeMs() });
      }
    },
    [draft, activeMs],
  );

  const unplaced = inPlace(board, TRAY);
  const canSubmit = placedCount(board) > 0;

  const submit = useCallback(() => {
    const now = latest.current;
    const left = inPlace(now, TRAY);
    if (placedCount(now) === 0) return;
    if (left.length > 0 && !asked) {
      setAsked(true);
      setSaid({ key: "labeling.say.unplacedLeft", params: { count: left.length } });
      return;
    }
    draft.stop();
    onSubmit({
      tiers: tiersOf(now),
      unplaced: left,
      cannot_judge: inPlace(now, UNJUDGEABLE),
      active_ms: activeMs(),
    });
  }, [asked, draft, onSubmit, activeMs]);

  const context = useMemo<ActionContext>(
    () => ({
      board,
      canSubmit,
      dispatch,
      submit,
      open: onOpen,
      togglePrompt: () => setPromptOpen((open) => !open),
      toggleRaw: () => setRaw((on) => !on),
    }),
    [board, canSubmit, dispatch, submit, onOpen],
  );
  useActionKeys(context, panelOpen);

  useEffect(() => {
    if (!next) return;
    const asked = next.prompt.messages.map((message) => message.content);
    renderAhead([...asked, ...next.completions.map((completion) => completion.text)]);
  }, [next]);

  const focus = useCallback(
    (id: string) => {
      if (latest.current.focused !== id) dispatch({ type: "focus", id });
    },
    [dispatch],
  );
  const place = useCallback(
    (id: string, to: Place) => dispatch({ type: "place", id, place: to, advance: to !== TRAY }),
    [dispatch],
  );

  const undo = actionById("undo");
  return (
    <div className={styles.screen}>
      <div className={styles.reading}>
        {notices}
        <PromptPane
          messages={assignment.prompt.messages}
          lang={lang}
          open={promptOpen}
          onToggle={context.togglePrompt}
          raw={raw}
        />
        <div className={styles.answers} data-count={board.order.length}>
          {assignment.completions.map(({ id, text }) => (
            <AnswerCard
              key={id}
              id={id}
              letter={letterOf(board, id)}
              text={text}
              lang={lang}
              place={placeOf(board, id)}
              lanes={board.order.length}
              focused={board.focused === id}
              raw={raw}
              onFocus={focus}
              onPlace={place}
            />
          ))}
        </div>
      </div>
      <aside className={styles.side} aria-label={t("labeling.yourOrder")}>
        <Rail board={board} texts={texts} lang={lang} onFocus={focus} onPlace={place} />
        <div className={styles.finish}>
          <OrderInWords board={board} />
          {asked && (
            <p className={styles.ask}>{t("labeling.unplacedLeft", { count: unplaced.length })}</p>
          )}
          <div className={styles.buttons}>
            <Button kind="primary" hint="↵" disabled={!canSubmit} onClick={submit} className={styles.submit}>
              {t(asked ? "labeling.submitAnyway" : "labeling.submit")}
            </Button>
            <Button
              kind="quiet"
              hint="U"
              disabled={!undo.enabled(context)}
              onClick={() => undo.run(context)}
            >
              {t("labeling.undo")}
            </Button>
            <Button kind="quiet" hint="S" onClick={() => onOpen("skip")}>
              {t("labeling.skip")}
            </Button>
          </div>
          <div className={styles.last}>{lastSent}</div>
        </div>
      </aside>
      <p className="srOnly" role="status" aria-live="polite">
        {said && t(said.key, announcementParams(said))}
      </p>
    </div>
  );

  function announcementParams(announcement: Announcement): Record<string, string | number> {
    const { place: at, ...rest } = announcement.params;
    if (typeof at !== "number") return announcement.params;
    const words =
      at === UNJUDGEABLE
        ? t("labeling.unjudgeable")
        : at === TRAY
          ? t("labeling.unplaced")
          : t("labeling.tier", { tier: at });
    return { ...rest, place: words };
  }
}

/** Keys for the whole page; silent while a dialog is open. */
export function useActionKeys(context: ActionContext, silent: boolean): void {
  const latest = useRef(context);
  latest.current = context;
  useEffect(() => {
    if (silent) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const action = actionFor(event);
      if (!action) return;
      event.preventDefault();
      if (!event.repeat || action.group === "move") {
        if (action.enabled(latest.current)) action.run(latest.current);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [silent]);
}
