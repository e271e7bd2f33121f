import { useEffect, useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import type { Message } from "../api";
import { Messages } from "../PromptPane";
import styles from "./BetterSheet.module.css";
import type { BetterAnswer } from "./work";
import { Writing } from "./Writing";

interface Props {
  messages: readonly Message[];
  lang: string;
  /** The answers it can be begun from, as they stand on the screen. */
  answers: readonly { id: string; letter: string; text: string }[];
  value: BetterAnswer | null;
  onChange: (value: BetterAnswer | null) => void;
  onClose: () => void;
}

/**
 * A better answer than any shown, in a sheet at the side: the answers stay in sight and can be read
 * and scrolled. It is kept as it is typed and goes in with the judgment.
 */
export default function BetterSheet({ messages, lang, answers, value, onChange, onClose }: Props) {
  const { t } = useText();
  const text = value?.text ?? "";
  const [wanted, setWanted] = useState<string | null | undefined>(undefined);
  const sheet = useRef<HTMLElement>(null);
  const back = useRef<Element | null>(null);
  useEffect(() => {
    back.current = document.activeElement;
    sheet.current?.querySelector("textarea")?.focus();
    return () => (back.current instanceof HTMLElement ? back.current.focus({ preventScroll: true }) : undefined);
  }, []);

  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    // On the window: a press on the page beside the sheet must not take Escape away from it.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing) latest.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const toText = () => sheet.current?.querySelector("textarea")?.focus();

  const textOf = (id: string | null) => answers.find((answer) => answer.id === id)?.text ?? "";
  const begin = (id: string | null) => {
    setWanted(undefined);
    onChange({ text: textOf(id), based_on: id });
    toText();
  };
  const keep = () => {
    setWanted(undefined);
    toText();
  };
  /** What was written is not thrown away by one press. */
  const isOwn = text.trim() !== "" && text !== textOf(value?.based_on ?? null);
  const choose = (id: string | null) => (isOwn ? setWanted(id) : begin(id));

  return (
    <section
      ref={sheet}
      className={styles.sheet}
      role="dialog"
      aria-label={t("modes.better.title")}
    >
      <header className={styles.head}>
        <h2>{t("modes.better.title")}</h2>
        <button type="button" className={styles.close} aria-label={t("common.close")} onClick={onClose}>
          ×
        </button>
      </header>
      <div className={styles.prompt} tabIndex={0} role="group" aria-label={t("labeling.prompt")}>
        <Messages messages={messages} lang={lang} raw={false} />
      </div>
      <div className={styles.begin} role="group" aria-label={t("modes.better.begin")}>
        <span className={styles.name}>{t("modes.better.begin")}</span>
        <button type="button" aria-pressed={value !== null && value.based_on === null} onClick={() => choose(null)}>
          {t("modes.better.empty")}
        </button>
        {answers.map(({ id, letter }) => (
          <button
            key={id}
            type="button"
            aria-pressed={value?.based_on === id}
            aria-label={t("modes.better.from", { letter })}
            onClick={() => choose(id)}
          >
            {letter}
          </button>
        ))}
      </div>
      {wanted !== undefined && (
        <div className={styles.ask} role="alert">
          <span>{t("modes.better.replace")}</span>
          <button type="button" onClick={() => begin(wanted)}>
            {t("modes.better.doReplace")}
          </button>
          <button type="button" onClick={keep}>
            {t("modes.better.keep")}
          </button>
        </div>
      )}
      <Writing
        label={t("modes.better.label")}
        lang={lang}
        text={text}
        onChange={(next) => onChange({ text: next, based_on: value?.based_on ?? null })}
      />
      <footer className={styles.foot}>
        <p className={styles.hint}>{t("modes.better.goesIn")}</p>
        {value !== null && (
          <Button kind="quiet" onClick={() => (onChange(null), onClose())}>
            {t("modes.better.discard")}
          </Button>
        )}
        <Button kind="primary" hint="Esc" onClick={onClose}>
          {t("modes.better.done")}
        </Button>
      </footer>
    </section>
  );
}
