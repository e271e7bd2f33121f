import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ModelText } from "@/features/text/ModelText";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { askAgain, type Conversation } from "./api";
import { ChooseReply } from "./ChooseReply";
import { Composer } from "./Composer";
import type { Mailbox } from "./mailbox";
import { problemKey } from "./problems";
import styles from "./Talk.module.css";
import { dialogue, lastTurn, preselected, type Line, type Task } from "./turns";
import { Waiting } from "./Waiting";

interface Props {
  conversation: Conversation;
  /** When it was read, by this machine's clock. */
  readAt: number;
  task: Task;
  mailbox: Mailbox;
  lang: string;
  notices: ReactNode;
  /** The way back to the ranking that was just handed in. */
  lastSent: ReactNode;
}

/** The dialogue so far and, below it, whatever is to be done next. */
export function Talk(props: Props) {
  const { conversation, readAt, task, mailbox, lang, notices, lastSent } = props;
  const { t } = useText();
  const { sending } = useStore(mailbox);
  const last = lastTurn(conversation);
  const [chosen, setChosen] = useState<Record<number, string>>({});
  const chosenNow = last ? (chosen[last.number] ?? preselected(last)) : null;
  const lines = dialogue(conversation);
  if (sending) {
    const answer = last?.replies.find((reply) => reply.id === sending.continueWith);
    if (answer && last && last.replies.length > 1) {
      lines.push({ role: "assistant", text: answer.text, key: "answer chosen" });
    }
    lines.push({ role: "user", text: sending.text, key: "said now" });
  }
  const end = useShownEnd(lines.length, task);
  return (
    <div className={styles.talk}>
      {notices}
      {!sending && task === "choose" && lastSent}
      {lines.length > 0 && <Dialogue lines={lines} lang={lang} />}
      {!sending && task === "wait" && last && (
        <Waiting conversation={conversation} turn={last} readAt={readAt} />
      )}
      {!sending && task === "failed" && last && <Failed conversation={conversation} />}
      {!sending && last?.state === "single" && conversation.ended_at === null && (
        <p className={styles.quiet}>{t("chat.single")}</p>
      )}
      {!sending && task === "choose" && last && (
        <ChooseReply
          turn={last}
          lang={lang}
          chosen={chosenNow}
          onChoose={(id) => setChosen((before) => ({ ...before, [last.number]: id }))}
        />
      )}
      {(task === "say" || task === "choose" || sending) && (
        <Composer
          mailbox={mailbox}
          lang={lang}
          blocked={task === "choose" && chosenNow === null}
          isFirst={lines.length === 0}
          onSend={() => mailbox.post(chosenNow)}
        />
      )}
      {task === "over" && <Over conversation={conversation} />}
      <div ref={end} />
    </div>
  );
}

function Dialogue({ lines, lang }: { lines: Line[]; lang: string }) {
  const { t, language } = useText();
  return (
    <ol className={styles.lines} lang={lang} aria-label={t("labeling.dialogue")}>
      {lines.map((line) => (
        <li key={line.key} className={styles[line.role]}>
          <p className={styles.who} lang={language}>
            {t(line.role === "user" ? "chat.you" : "chat.answer")}
          </p>
          {line.role === "user" ? (
            <p className={styles.own} dir="auto">
              {line.text}
            </p>
          ) : (
            <ModelText text={line.text} />
          )}
        </li>
      ))}
    </ol>
  );
}

const FAILURES = ["too_long", "refused", "gave_up", "ended"] as const;

function Failed({ conversation }: { conversation: Conversation }) {
  const { t } = useText();
  const client = useQueryClient();
  const turn = lastTurn(conversation)!;
  const again = useMutation({
    mutationFn: () => askAgain(conversation.id, turn.number),
    onSuccess: (found) => client.setQueryData(["conversation", conversation.id], found),
  });
  const why = FAILURES.find((code) => code === turn.error_code) ?? "gave_up";
  return (
    <>
      <Notice
        tone="warn"
        actions={
          why !== "too_long" && (
            <button type="button" disabled={again.isPending} onClick={() => again.mutate()}>
              {t("common.tryAgain")}
            </button>
          )
        }
      >
        {t(`chat.failed.${why}`)}
      </Notice>
      {again.isError && <Notice tone="bad">{t(problemKey(again.error))}</Notice>}
    </>
  );
}

function Over({ conversation }: { conversation: Conversation }) {
  const { t } = useText();
  const full = conversation.turns.length >= conversation.most_turns;
  const words = conversation.ended_at !== null ? "chat.over" : full ? "chat.full" : "chat.closed";
  return <p className={styles.quiet}>{t(words)}</p>;
}

/** New lines at the end come into view; what is there when the page opens does not move. */
function useShownEnd(count: number, task: Task) {
  const end = useRef<HTMLDivElement>(null);
  const before = useRef<string | null>(null);
  useEffect(() => {
    const now = `${count} ${task}`;
    if (before.current !== null && before.current !== now) {
      end.current?.scrollIntoView({ block: "end" });
    }
    before.current = now;
  }, [count, task]);
  return end;
}
