import { useQuery } from "@tanstack/react-query";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { readOwnJudgment, type JudgmentContent } from "./api";
import { axisWords, flagWords } from "./names";
import { PromptPane } from "./PromptPane";
import { saidFrom, type Said } from "./said";
import styles from "./WhatISaid.module.css";

/** One judgment of mine as it was handed in, only to be read. */
export function WhatISaid({ clientUuid, lang }: { clientUuid: string; lang: string }) {
  const { t } = useText();
  const judgment = useQuery({
    queryKey: ["my-judgment", clientUuid],
    queryFn: () => readOwnJudgment(clientUuid),
    staleTime: Infinity,
  });
  if (judgment.isError) return <Notice tone="bad">{t("common.failed")}</Notice>;
  if (!judgment.data) return <p role="status">{t("common.loading")}</p>;
  const said = saidFrom(judgment.data.said);
  return (
    <div className={styles.said}>
      <PromptPane messages={judgment.data.prompt.messages} lang={lang} raw={false} />
      {judgment.data.kind === "demonstration" ? (
        <Group title={t("history.written")}>
          <Text text={said.text} lang={lang} />
        </Group>
      ) : (
        <Order judgment={judgment.data} said={said} lang={lang} />
      )}
      {said.note && (
        <Group title={t("history.note")}>
          <p className={styles.note}>{said.note}</p>
        </Group>
      )}
    </div>
  );
}

interface OrderProps {
  judgment: JudgmentContent;
  said: Said;
  lang: string;
}

function Order({ judgment, said, lang }: OrderProps) {
  const { t } = useText();
  const answers = (ids: readonly string[]) =>
    ids.map((id) => <Answer key={id} id={id} judgment={judgment} said={said} lang={lang} />);
  return (
    <>
      {said.tiers.map((ids, index) => {
        const isBelow = said.unacceptable_below !== null && index >= said.unacceptable_below;
        const place = t("labeling.tier", { tier: index + 1 });
        return (
          <Group key={index} title={isBelow ? `${place} · ${t("history.belowLine")}` : place}>
            {answers(ids)}
          </Group>
        );
      })}
      {said.unplaced.length > 0 && <Group title={t("history.unplaced")}>{answers(said.unplaced)}</Group>}
      {said.cannot_judge.length > 0 && (
        <Group title={t("history.cannotJudge")}>{answers(said.cannot_judge)}</Group>
      )}
      {said.better_answer && (
        <Group title={t("history.better")}>
          <Text text={said.better_answer.text} lang={lang} />
        </Group>
      )}
    </>
  );
}

function Answer({ id, judgment, said, lang }: OrderProps & { id: string }) {
  const { t } = useText();
  const at = judgment.completions.findIndex((each) => each.id === id);
  const grades = Object.entries(said.grades[id] ?? {}).map(
    ([axis, grade]) => `${axisWords(t, axis)} ${grade}`,
  );
  const marks = [...grades, ...(said.flags[id] ?? []).map((flag) => flagWords(t, flag))];
  return (
    <div className={styles.answer}>
      <p className={styles.letter}>{String.fromCharCode(65 + at)}</p>
      <div>
        <Text text={judgment.completions[at]?.text ?? ""} lang={lang} />
        {marks.length > 0 && <p className={styles.marks}>{marks.join(" · ")}</p>}
        {said.notes[id] && <p className={styles.note}>{said.notes[id]}</p>}
      </div>
    </div>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className={styles.group}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Text({ text, lang }: { text: string; lang: string }) {
  return (
    <div className={styles.text} lang={lang}>
      <ModelText text={text} />
    </div>
  );
}
