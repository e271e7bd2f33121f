import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { usePreferences } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { useActionKeys, type Handlers } from "./ActionsProvider";
import type { Assignment, DemonstrationBody } from "./api";
import styles from "./DemonstrationScreen.module.css";
import { soundKeys } from "./keymap";
import type { Panel } from "./LabelPage";
import { Writing } from "./modes/Writing";
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

/** Enter belongs to the text, so handing in takes the one chord of the labeling screens. */
const SUBMIT_HINT = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ ↵" : "Ctrl ↵";

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
  payload.current = () => ({ version: 2, text, active_ms: activeMs() });
  const canSubmit = text.trim() !== "";

  const write = (next: string) => {
    setText(next);
    draft.save({ version: 2, text: next, active_ms: activeMs() });
  };
  const submit = () => {
    if (!canSubmit) return;
    draft.stop();
    onSubmit({ text, active_ms: activeMs() });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.repeat || event.nativeEvent.isComposing) return;
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    submit();
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
      <div className={styles.prompt}>
        {notices}
        <PromptPane messages={assignment.prompt.messages} lang={lang} view={prompt} raw={false} />
      </div>
      <section className={styles.writing}>
        <Writing
          label={t("labeling.writeIdeal")}
          lang={lang}
          text={text}
          onChange={write}
          onKeyDown={onKeyDown}
          autoFocus
        />
        <div className={styles.foot}>
          <div className={styles.last}>{lastSent}</div>
          <Button kind="quiet" onClick={() => onOpen("report")}>
            {t("report.send")}
          </Button>
          <Button kind="quiet" onClick={() => onOpen("skip")}>
            {t("labeling.skip")}
          </Button>
          <Button
            kind="primary"
            hint={SUBMIT_HINT}
            disabled={!canSubmit}
            className={styles.submit}
            onClick={submit}
          >
            {t("labeling.submit")}
          </Button>
        </div>
      </section>
    </div>
  );
}

function textFrom(payload: unknown): string {
  const text = (payload as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? text : "";
}
