import { Button, Group, NativeSelect, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import { readItem, type ItemDetail } from "@/features/manage/api";
import styles from "@/features/manage/manage.module.css";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { createGold } from "./api";

const MOST = 9;

interface Answer {
  text: string;
  tier: number;
}

/** A new gold item: written here, or from an item that is no longer in circulation. */
export function NewGoldPage({ projectId }: { projectId: string }) {
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
      <PageHead title={t("control.newGold")} lead={t("control.newGoldLead")} />
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
  const [prompt, setPrompt] = useState("");
  const [answers, setAnswers] = useState<Answer[]>(() => beginning(item));
  const [explanation, setExplanation] = useState("");
  const { act, busy, error, fieldError } = useAct([["control-items", projectId]]);
  const back = paths.manage(projectId, "control?view=gold");
  const change = (at: number, part: Partial<Answer>) =>
    setAnswers((before) => before.map((each, index) => (index === at ? { ...each, ...part } : each)));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const texts = { messages: [{ role: "user" as const, content: prompt }], completions: answers.map(textOf) };
    const made = await act(() =>
      createGold(projectId, {
        ...(item ? { item: item.id } : texts),
        expected: tiersOf(answers),
        explanation,
      }),
    );
    if (made) void navigate(back);
  };
  return (
    <form className={styles.form} noValidate onSubmit={(event) => void save(event)}>
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
        </Group>
      )}
      <Textarea
        label={t("manage.practice.explanation")}
        autosize
        minRows={3}
        maxLength={4000}
        lang={lang}
        value={explanation}
        onChange={(event) => setExplanation(event.currentTarget.value)}
        error={fieldError("explanation")}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.create")}
        </Button>
        <Button variant="default" onClick={() => void navigate(back)}>
          {t("common.cancel")}
        </Button>
      </Group>
    </form>
  );
}

function beginning(item: ItemDetail | undefined): Answer[] {
  if (!item) return [1, 2].map((tier) => ({ text: "", tier }));
  const inOrder = [...item.completions].sort((a, b) => a.position - b.position);
  return inOrder.map(({ text }, index) => ({ text, tier: index + 1 }));
}

function textOf({ text }: Answer): string {
  return text;
}

/** Equal places are a tie; places that nobody has are left out. */
function tiersOf(answers: readonly Answer[]): number[][] {
  return answers
    .map((_, place) => answers.flatMap((each, index) => (each.tier === place + 1 ? [index] : [])))
    .filter((tier) => tier.length > 0);
}
