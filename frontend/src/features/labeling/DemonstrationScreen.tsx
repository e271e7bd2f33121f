import { useMemo, useRef, useState, type ReactNode } from "react";
import { usePreferences } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { useActionKeys, type Handlers } from "./ActionsProvider";
import type { Assignment, DemonstrationBody } from "./api";
import styles from "./DemonstrationScreen.module.css";
import type { Panel } from "./LabelPage";
import { soundKeys } from "./keymap";
import { PromptPane, usePromptView } from "./PromptPane";
import { useActiveTime } from "./useActiveTime";
import { useDraft } from "./useDraft";

interface Props {
  assignment: Assignment;
  lang: string;
  panelOpen: boolean;
  onOpen: (panel: Panel) => void;
  onSubmit: (body: DemonstrationBody) => void;
  notices: ReactNode;
  lastSent: ReactNode;
}

/** Write the ideal answer to a prompt. Mounted anew for every item. */
export function DemonstrationScreen(props: Props) {
  const { assignment, lang, panelOpen, onOpen, onSubmit, notices, lastSent } = props;
  const { t } = useText();
  const payload = useRef<() => object>(() => ({}));
  const draft = useDraft(assignment, () => payload.current());
  const [text, setText] = useState(() => textFrom(draft.start));
  const prompt = usePromptView();
  const { keys } = usePreferences();
  const activeMs = useActiveTime(draft.activeMs);
  payload.current = () => ({ version: 1, text, active_ms: activeMs() });
  const field = useRef<HTMLTextAreaElement>(null);
  const canSubmit = text.trim() !== "";

  const submit = () => {
    if (!canSubmit) return;
    draft.stop();
    onSubmit({ text, active_ms: activeMs() });
  };
  const handlers = useMemo<Handlers>(
    () => ({
      prompt: { run: prompt.toggle },
      skip: { run: () => onOpen("skip") },
      report: { run: () => onOpen("report") },
      guidelines: { run: () => onOpen("guidelines") },
      help: { run: () => onOpen("help") },
    }),
    [onOpen, prompt.toggle],
  );
  useActionKeys("none", handlers, useMemo(() => soundKeys(keys), [keys]), panelOpen);

  return (
    <div className={styles.screen}>
      {notices}
      <PromptPane
        messages={assignment.prompt.messages}
        lang={lang}
        view={prompt}
        raw={false}
      />
      <section className={styles.writing}>
        <label htmlFor="demonstration" className={styles.label}>
          {t("labeling.writeIdeal")}
        </label>
        <textarea
          id="demonstration"
          ref={field}
          className={styles.field}
          lang={lang}
          dir="auto"
          autoFocus
          maxLength={100_000}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            draft.save({ version: 1, text: event.target.value, active_ms: activeMs() });
          }}
        />
        <div className={styles.foot}>
          <p className={styles.count}>
            {t("labeling.characters", { count: [...text].length })} · {t("labeling.autosaved")}
          </p>
          <Button kind="quiet" onClick={() => onOpen("skip")}>
            {t("labeling.skip")}
          </Button>
          <Button kind="primary" disabled={!canSubmit} onClick={submit}>
            {t("labeling.submit")}
          </Button>
        </div>
        {lastSent}
      </section>
    </div>
  );
}

function textFrom(payload: unknown): string {
  const text = (payload as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? text : "";
}
