import { Button, Group, NativeSelect, Textarea } from "@mantine/core";
import { useQuery, type QueryKey } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { readItem, type ItemDetail } from "./api";
import styles from "./manage.module.css";

const MOST = 9;

interface Answer {
  text: string;
  tier: number;
}

/** A prompt with answers and the order that is expected: written down, or of an item (`item`). */
export interface Expected {
  item: ItemDetail | undefined;
  prompt: string;
  texts: string[];
  tiers: number[][];
  explanation: string;
}

interface Props {
  projectId: string;
  title: string;
  lead: string;
  /** Where to go when it is made, or not. */
  back: string;
  changed: readonly QueryKey[];
  create: (expected: Expected) => Promise<unknown>;
  explanationHint?: string;
  /** Further fields, above and below. */
  above?: ReactNode;
  below?: ReactNode;
}

/** Something with a known order: written here, or from an item that is no longer in circulation. */
export function ExpectedOrderPage(props: Props) {
  const [search] = useSearchParams();
  const from = search.get("item");
  const item = useQuery({
    queryKey: ["item", from],
    queryFn: () => readItem(from ?? ""),
    enabled: from !== null,
  });
  return (
    <>
      <PageHead title={props.title} lead={props.lead} />
      {from === null ? (
        <Form {...props} item={undefined} />
      ) : (
        <Awaited query={item}>{(found) => <Form {...props} item={found} />}</Awaited>
      )}
    </>
  );
}

function Form(props: Props & { item: ItemDetail | undefined }) {
  const { projectId, item, back } = props;
  const { t } = useText();
  const navigate = useNavigate();
  const lang = useProject(projectId).data?.language ?? "";
  const [prompt, setPrompt] = useState("");
  const [answers, setAnswers] = useState<Answer[]>(() => beginning(item));
  const [explanation, setExplanation] = useState("");
  const { act, busy, error, fieldError } = useAct(props.changed);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const texts = answers.map(({ text }) => text);
    const made = await act(() => props.create({ item, prompt, texts, tiers: tiersOf(answers), explanation }));
    if (made) void navigate(back);
  };
  return (
    <form className={styles.form} noValidate onSubmit={(event) => void save(event)}>
      {props.above}
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
      <Answers answers={answers} lang={lang} fixed={item !== undefined} onChange={setAnswers} />
      <Textarea
        label={t("manage.practice.explanation")}
        description={props.explanationHint}
        autosize
        minRows={3}
        maxLength={4000}
        lang={lang}
        value={explanation}
        onChange={(event) => setExplanation(event.currentTarget.value)}
        error={fieldError("explanation")}
      />
      {props.below}
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

interface AnswersProps {
  answers: readonly Answer[];
  lang: string;
  fixed: boolean;
  onChange: (answers: Answer[]) => void;
}

/** The answers with their places; the texts of an item stay as they are. */
function Answers({ answers, lang, fixed, onChange }: AnswersProps) {
  const { t } = useText();
  const change = (at: number, part: Partial<Answer>) =>
    onChange(answers.map((each, index) => (index === at ? { ...each, ...part } : each)));
  return (
    <>
      {answers.map((answer, index) => (
        <div key={index} className={styles.answerRow}>
          <Textarea
            label={t("manage.practice.answer", { number: index + 1 })}
            autosize
            minRows={2}
            maxRows={10}
            lang={lang}
            readOnly={fixed}
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
      {!fixed && (
        <Group>
          <Button
            variant="default"
            disabled={answers.length >= MOST}
            onClick={() => onChange([...answers, { text: "", tier: answers.length + 1 }])}
          >
            {t("manage.practice.addAnswer")}
          </Button>
          <Button
            variant="default"
            disabled={answers.length <= 2}
            onClick={() => onChange(fitting(answers.slice(0, -1)))}
          >
            {t("manage.practice.removeAnswer")}
          </Button>
        </Group>
      )}
    </>
  );
}

function beginning(item: ItemDetail | undefined): Answer[] {
  if (!item) return [1, 2].map((tier) => ({ text: "", tier }));
  const inOrder = [...item.completions].sort((a, b) => a.position - b.position);
  return inOrder.slice(0, MOST).map(({ text }, index) => ({ text, tier: index + 1 }));
}

/** Places stay within the number of answers. */
function fitting(answers: readonly Answer[]): Answer[] {
  return answers.map((each) => ({ ...each, tier: Math.min(each.tier, answers.length) }));
}

/** Equal places are a tie; places that nobody has are left out. */
function tiersOf(answers: readonly Answer[]): number[][] {
  return answers
    .map((_, place) => answers.flatMap((each, index) => (each.tier === place + 1 ? [index] : [])))
    .filter((tier) => tier.length > 0);
}
