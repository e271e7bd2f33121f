import { Button, Group, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { answerRound, type Decision, type Round } from "./api";
import styles from "./rounds.module.css";

type Question = NonNullable<Round["question"]>;
const REASONS = [
  ...(["gate", "stopped_by_alarm", "run_failed", "run_cancelled"] as const),
  ...(["sampling_stopped", "nothing_to_judge", "moved_on", "refused"] as const),
];
/** These steps made something, so that a person may let the round go on with it. */
const MADE_SOMETHING = ["gate", "stopped_by_alarm", "moved_on"];
const TRAINING = ["snapshot", "reward", "check", "policy", "evaluation"] as const;

/** What a round asks, and what a person may say: go on all the same, do it again, or close it. */
export function QuestionCard({ projectId, round, question }: { projectId: string; round: Round; question: Question }) {
  const { t, language } = useText();
  const reason = REASONS.find((each) => each === question.reason) ?? "refused";
  return (
    <section className={styles.question} aria-label={t("rounds.asks", { number: round.number })}>
      <h3>{t("rounds.asks", { number: round.number })}</h3>
      <p>
        {t(`rounds.why.${reason}`, { step: t(`rounds.step.${question.step}`) })}{" "}
        <span className="muted">{formatTime(question.at, language)}</span>
      </p>
      {question.words && <VisibleText text={question.words} most={2_000} />}
      <AnswerForm projectId={projectId} round={round} question={question} />
    </section>
  );
}

interface FormProps {
  projectId: string;
  round: Round;
  /** Null: the round asks nothing; it can only be closed. */
  question: Question | null;
}

export function AnswerForm({ projectId, round, question }: FormProps) {
  const { t } = useText();
  const [words, setWords] = useState("");
  const [from, setFrom] = useState<string | null>(null);
  const { act, busy, error, fieldError } = useAct([["rounds", projectId], ["round-events", round.id]]);
  const say = (decision: Decision) =>
    act(() =>
      answerRound(round.id, {
        decision,
        words,
        question: question?.id ?? null,
        ...(decision === "retry" && from ? { step: from as (typeof TRAINING)[number] } : {}),
      }),
    );
  const here = TRAINING.findIndex((each) => each === question?.step);
  return (
    <div className={styles.answer}>
      <Textarea
        label={t("rounds.words")}
        description={t(question ? "rounds.wordsHint" : "rounds.closeHint")}
        value={words}
        maxLength={2000}
        autosize
        minRows={2}
        error={fieldError("words")}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {here > 0 && (
        <Select
          label={t("rounds.retryFrom")}
          data={TRAINING.slice(0, here + 1).map((value) => ({ value, label: t(`rounds.step.${value}`) }))}
          value={from ?? TRAINING[here] ?? null}
          allowDeselect={false}
          onChange={setFrom}
        />
      )}
      <Failure error={fieldError("words") ? null : error} />
      <Group gap="xs">
        {question && MADE_SOMETHING.includes(question.reason) && (
          <Button loading={busy} onClick={() => void say("continue")}>
            {t("rounds.continue")}
          </Button>
        )}
        {question && (
          <Button variant="default" loading={busy} onClick={() => void say("retry")}>
            {t("rounds.retry")}
          </Button>
        )}
        <Button variant="default" color="red" loading={busy} onClick={() => void say("close")}>
          {t("rounds.close")}
        </Button>
      </Group>
    </div>
  );
}
