import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import type { Message } from "./api";
import styles from "./PromptPane.module.css";

interface Props {
  messages: readonly Message[];
  lang: string;
  open: boolean;
  /** Without it the pane stays as it is. */
  onToggle?: () => void;
  raw: boolean;
}

/** What the answers answer: one message, or the dialogue so far. */
export function PromptPane({ messages, lang, open, onToggle, raw }: Props) {
  const { t, language } = useText();
  const dialogue = messages.length > 1;
  return (
    <section className={styles.pane} aria-label={t("labeling.prompt")}>
      <header className={styles.head}>
        <h2 className={styles.title}>{t(dialogue ? "labeling.dialogue" : "labeling.prompt")}</h2>
        {onToggle && (
          <button type="button" className={styles.toggle} aria-expanded={open} onClick={onToggle}>
            {t(open ? "labeling.collapse" : "labeling.expand")}
          </button>
        )}
      </header>
      {open && (
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
      )}
    </section>
  );
}

function roleClass(role: string): "user" | "assistant" | "system" {
  return role === "assistant" || role === "system" ? role : "user";
}
