import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import type { Message } from "./api";
import styles from "./PromptPane.module.css";

/** Is the prompt open; once it has scrolled away its first line stays, and all of it can be looked at. */
export interface PromptView {
  open: boolean;
  away: boolean;
  peeking: boolean;
  toggle: () => void;
  setAway: (away: boolean) => void;
}

export function usePromptView(): PromptView {
  const [open, setOpen] = useState(true);
  const [away, setAwayNow] = useState(false);
  const [peeking, setPeeking] = useState(false);
  const toggle = useCallback(() => {
    if (away) setPeeking((now) => !now);
    else setOpen((now) => !now);
  }, [away]);
  const setAway = useCallback((now: boolean) => {
    setAwayNow(now);
    if (!now) setPeeking(false);
  }, []);
  return useMemo(
    () => ({ open, away, peeking, toggle, setAway }),
    [open, away, peeking, toggle, setAway],
  );
}

interface Props {
  messages: readonly Message[];
  lang: string;
  /** Without it the pane stays as it is. */
  view?: PromptView;
  raw: boolean;
}

/** What the answers answer: one message, or the dialogue so far. */
export function PromptPane({ messages, lang, view, raw }: Props) {
  const { t } = useText();
  const end = useRef<HTMLDivElement>(null);
  const dialogue = messages.length > 1;
  const open = view?.open ?? true;
  const setAway = view?.setAway;
  useEffect(() => {
    if (!end.current || !setAway || typeof IntersectionObserver === "undefined") return undefined;
    const watcher = new IntersectionObserver(
      ([entry]) => {
        const above = (entry?.boundingClientRect.top ?? 0) < window.innerHeight / 2;
        setAway(entry !== undefined && !entry.isIntersecting && above);
      },
      { rootMargin: "-96px 0px 0px" },
    );
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [setAway]);

  const name = t(dialogue ? "labeling.dialogue" : "labeling.prompt");
  const away = view !== undefined && (view.away || !open);
  return (
    <section className={view ? styles.pane : styles.still} aria-label={name}>
      <header className={styles.head} data-away={away} data-peeking={view?.peeking}>
        <h2 className={styles.title}>{name}</h2>
        <p className={styles.first} lang={lang} dir="auto">
          {away && firstLine(messages.at(-1)?.content ?? "")}
        </p>
        {view && (
          <button
            type="button"
            className={styles.toggle}
            aria-expanded={view.away ? view.peeking : open}
            onClick={view.toggle}
          >
            {t((view.away ? view.peeking : open) ? "labeling.collapse" : "labeling.expand")}
          </button>
        )}
        {view?.away && view.peeking && (
          <div className={styles.peek} tabIndex={0} role="group" aria-label={name}>
            <Messages messages={messages} lang={lang} raw={raw} />
          </div>
        )}
      </header>
      {open && (
        <div className={styles.body}>
          <Messages messages={messages} lang={lang} raw={raw} />
        </div>
      )}
      {view && <div ref={end} className={styles.end} />}
    </section>
  );
}

export function Messages({ messages, lang, raw }: Pick<Props, "messages" | "lang" | "raw">) {
  const { t, language } = useText();
  const dialogue = messages.length > 1;
  return (
    <ol className={dialogue ? styles.dialogue : styles.single} lang={lang}>
      {messages.map((message, index) => (
        <li key={index} className={styles[roleClass(message.role)]}>
          {dialogue && (
            <p className={styles.role} lang={language}>
              {t(`labeling.role.${roleClass(message.role)}`)}
            </p>
          )}
          <ModelText text={message.content} raw={raw} />
        </li>
      ))}
    </ol>
  );
}

function firstLine(text: string): string {
  return text.trim().slice(0, 300).replace(/\s+/g, " ");
}

function roleClass(role: string): "user" | "assistant" | "system" {
  return role === "assistant" || role === "system" ? role : "user";
}
