import { Button, Group, NativeSelect, NumberInput, SegmentedControl, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { createPracticeItem, readItem, type ItemDetail } from "./api";
import styles from "./manage.module.css";

const MOST = 9;

interface Answer {
  text: string;
  tier: number;
}

/** A new practice item: written here, or from an item that is no longer in circulation. */
export function NewPracticePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search] = useSearchParams();
  const from = search.get("item");
  const item = useQuery({
    queryKey: ["item", from],
    queryFn: () => readItem(from ?? ""),
    enabled: from !== null,
  });
  return (
    <>
      <PageHead title={t("manage.practice.new")} lead={t("manage.practice.newLead")} />
      {from === null ? (
        <Form projectId={projectId} />
      ) : (
        <Awaited query={item}>{(found) => <Form projectId={projectId} item={found} />}</Awaited>
      )}
    </>
  );
}

function Form({ projectId, item }: { projectId: string; item?: ItemDetail }) {
  const { t } = useText();
  const navigate = useNavigate();
  const lang = useProject(projectId).data?.language ?? "";
  const [kind, setKind] = useState<"practice" | "qualification">("practice");
  const [prompt, setPrompt] = useState("");
  const [answers, setAnswers] = useState<Answer[]>(() => beginning(item));
  const [explanation, setExplanation] = useState("");
  const [position, setPosition] = useState<number | string>(0);
  const { act, busy, error, fieldError } = useAct([["practice-items", projectId]]);
  const change = (at: number, part: Partial<Answer>) =>
    setAnswers((before) => before.map((each, index) => (index === at ? { ...each, ...part } : each)));

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const made = await act(() =>
      createPracticeItem(projectId, {
        kind,
        messages: item ? item.prompt.messages.map(asMessage) : [{ role: "user", content: prompt }],
        completions: answers.map(({ text }) => text),
        expected: tiersOf(answers),
        explanation,
        position: typeof position === "number" ? position : 0,
        item: item?.id ?? null,
      }),
    );
    if (made) void navigate(paths.manage(projectId, "practice"));
  };

  return (
    <form className={styles.form} noValidate onSubmit={(event) => void save(event)}>
      <SegmentedControl
        aria-label={t("manage.items.kind")}
        data={(["practice", "qualification"] as const).map((value) => ({
          value,
          label: t(`manage.practice.kind.${value}`),
        }))}
        value={kind}
        onChange={(value) => setKind(value === "qualification" ? "qualification" : "practice")}
      />
      {item ? (
        <PromptPane messages={item.prompt.messages} lang={lang} raw={false} />
      ) : (
        <Textarea
          label={t("manage.items.prompt")}
          required
          autosize
          minRows={2}
          maxRows={12}
          lang={lang}
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          error={fieldError("messages")}
        />
      )}
      {answers.map((answer, index) => (
        <div key={index} className={styles.answerRow}>
          <Textarea
            label={t("manage.practice.answer", { number: index + 1 })}
            autosize
            minRows={2}
            maxRows={10}
            lang={lang}
            readOnly={item !== undefined}
            value={answer.text}
            onChange={(event) => change(index, { text: event.currentTarget.value })}
          />
          <NativeSelect
            label={t("manage.practice.place")}
            aria-label={t("manage.practice.placeOf", { number: index + 1 })}
            data={answers.map((_, place) => String(place + 1))}
            value={String(answer.tier)}
            onChange={(event) => change(index, { tier: Number(event.currentTarget.value) })}
          />
        </div>
      ))}
      {!item && (
        <Group>
          <Button
            variant="default"
            disabled={answers.length >= MOST}
            onClick={() => setAnswers((before) => [...before, { text: "", tier: before.length + 1 }])}
          >
            {t("manage.practice.addAnswer")}
          </Button>
          <Button
            variant="default"
            disabled={answers.length <= 2}
            onClick={() => setAnswers((before) => fitting(before.slice(0, -1)))}
          >
            {t("manage.practice.removeAnswer")}
          </Button>
        </Group>
      )}
      <Textarea
        label={t("manage.practice.explanation")}
        description={t("manage.practice.explanationHint")}
        autosize
        minRows={3}
        maxLength={4000}
        lang={lang}
        value={explanation}
        onChange={(event) => setExplanation(event.currentTarget.value)}
        error={fieldError("explanation")}
      />
      <NumberInput
        label={t("manage.practice.position")}
        description={t("manage.practice.positionHint")}
        min={0}
        max={32767}
        allowDecimal={false}
        hideControls
        value={position}
        onChange={setPosition}
        error={fieldError("position")}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.create")}
        </Button>
        <Button variant="default" onClick={() => void navigate(paths.manage(projectId, "practice"))}>
          {t("common.cancel")}
        </Button>
      </Group>
    </form>
  );
}

function beginning(item: ItemDetail | undefined): Answer[] {
  if (!item) return [1, 2].map((tier) => ({ text: "", tier }));
  const inOrder = [...item.completions].sort((a, b) => a.position - b.position);
  return inOrder.slice(0, MOST).map(({ text }, index) => ({ text, tier: index + 1 }));
}

/** Places stay within the number of answers. */
function fitting(answers: Answer[]): Answer[] {
  return answers.map((each) => ({ ...each, tier: Math.min(each.tier, answers.length) }));
}

/** Equal places are a tie; places that nobody has are left out. */
function tiersOf(answers: readonly Answer[]): number[][] {
  return answers
    .map((_, place) => answers.flatMap((each, index) => (each.tier === place + 1 ? [index] : [])))
    .filter((tier) => tier.length > 0);
}

type Role = "system" | "user" | "assistant" | "tool";

function asMessage({ role, content }: { role: string; content: string }): { role: Role; content: string } {
  return { role: role as Role, content };
}
