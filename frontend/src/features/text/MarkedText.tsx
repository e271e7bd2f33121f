import { useCallback, useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from "react";
import { useText } from "@/lib/i18n";
import { ModelText } from "./ModelText";
import styles from "./MarkedText.module.css";
import { SpanEditor } from "./SpanEditor";
import { SpanList } from "./SpanList";
import { inOrder, type Passage, type Span } from "./spans";
import { useSelectedPassage } from "./useSelectedPassage";
import { useSentences } from "./useSentences";
import { useSpans } from "./useSpans";

/** What the screen around can ask for, by its own keys. */
export interface Marking {
  /** Choose a passage by key: arrows move by sentence, Shift extends, Enter marks, Escape leaves. */
  chooseByKey: () => void;
}

interface Props {
  text: string;
  raw?: boolean;
  lang?: string;
  spans: readonly Span[];
  /** The project's flags, in its order, and what each is called. */
  flags: readonly string[];
  flagName: (flag: string) => string;
  onSpans: (spans: Span[]) => void;
  ref?: Ref<Marking>;
}

interface Draft {
  passage: Passage;
  /** The mark that is being changed; none for a new one. */
  span?: Span;
  byKey: boolean;
}

/**
 * An answer in which passages can be marked with a flag and a note: instead of ModelText where the
 * project asks for it. Load it lazily. It draws the marks, lists them below the text, opens its editor
 * on a selection (pointer, touch) or by `chooseByKey`, and keeps no state of its own but what is being
 * edited: `spans` in, `onSpans` out, always the whole list in the order of the text.
 *
 *     const MarkedText = lazy(() => import("@/features/text/MarkedText"));
 *     <MarkedText ref={marking} text={text} raw={raw} lang={lang} spans={spans} flags={screen.flags}
 *       flagName={flagName} onSpans={setSpans} />
 *     // in the screen's list of actions: marking.current?.chooseByKey()
 *
 * The raw view lists the marks but does not draw or make them: their offsets are of the rendered text.
 */
export default function MarkedText({ text, raw = false, lang, spans, flags, flagName, onSpans, ref }: Props) {
  const { t } = useText();
  const hint = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [holder, setHolder] = useState<HTMLDivElement | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const marks = useSpans(raw ? null : holder, spans, flags, draft?.passage ?? null);
  const sentences = useSentences(marks, lang);
  const { start, stop, chosen } = sentences;

  const chooseByKey = useCallback(() => {
    if (raw) return;
    setDraft(null);
    if (start()) frame.current?.focus({ preventScroll: true });
  }, [raw, start]);
  useImperativeHandle(ref, () => ({ chooseByKey }), [chooseByKey]);

  const leave = useCallback(() => {
    stop();
    setDraft(null);
    document.getSelection()?.removeAllRanges();
    frame.current?.parentElement?.closest<HTMLElement>("article, [tabindex]")?.focus({ preventScroll: true });
  }, [stop]);

  const offer = useCallback((passage: Passage) => setDraft({ passage, byKey: false }), []);
  useSelectedPassage(raw ? null : holder, marks, offer);

  const onKeyDown = (event: KeyboardEvent) => {
    if (draft && event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (!draft && chosen) {
      const act = sentences.keys[event.shiftKey ? `Shift+${event.key}` : event.key];
      if (event.key === "Enter") setDraft({ passage: chosen, byKey: true });
      else if (event.key === "Escape") leave();
      else if (act) act();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const save = (flag: string | null, note: string) => {
    if (!draft) return;
    const others = spans.filter((each) => each !== draft.span);
    onSpans(inOrder([...others, { ...draft.passage, flag, note }]));
    leave();
  };

  return (
    <div
      ref={frame}
      className={styles.frame}
      tabIndex={-1}
      aria-describedby={chosen ? hint : undefined}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!draft && !event.currentTarget.contains(event.relatedTarget)) stop();
      }}
    >
      <ModelText text={text} raw={raw} ref={setHolder} onChange={marks.redraw} />
      <p id={hint} className={styles.hint} hidden={!chosen || draft !== null}>
        {t("text.spans.keys")}
      </p>
      <p className="srOnly" role="status">
        {chosen?.quote ?? ""}
      </p>
      {draft && (
        <SpanEditor
          passage={draft.passage}
          place={marks.place(draft.passage, frame.current)}
          span={draft.span}
          flags={flags}
          flagName={flagName}
          takesFocus={draft.byKey}
          onSave={save}
          onCancel={leave}
        />
      )}
      <SpanList
        spans={spans}
        flags={flags}
        flagName={flagName}
        onOpen={(span) => {
          marks.show(span);
          setDraft({ passage: span, span, byKey: true });
        }}
        onDelete={(span) => {
          onSpans(spans.filter((each) => each !== span));
          leave();
        }}
      />
    </div>
  );
}
