import { Button, Group } from "@mantine/core";
import { Tag } from "@/features/console/parts";
import { axisWords, flagWords } from "@/features/labeling/names";
import { useText, type Text } from "@/lib/i18n";
import { formatDuration } from "@/lib/format";
import type { Judgment } from "./api";
import { inWords } from "./orders";
import styles from "./review.module.css";
import type { Deciding } from "./useDecision";

export function nameOf(judgment: Judgment, t: Text): string {
  return judgment.labeler_name || t("review.labeler", { number: judgment.number });
}

interface Props {
  judgment: Judgment;
  letters: ReadonlyMap<string, string>;
  chosen: boolean;
  decision: Deciding;
  onChoose: () => void;
}

/** What one person said, and what the reviewer makes of it. */
export function JudgmentCard({ judgment, letters, chosen, decision, onChoose }: Props) {
  const { t, language } = useText();
  const { content } = judgment;
  const accepted = decision.draft.accepted.has(judgment.id);
  const taken = decision.draft.withdraw.has(judgment.id);
  const facts = [
    judgment.guideline_number !== null && t("manage.item.guideline", { number: judgment.guideline_number }),
    judgment.active_ms !== null && formatDuration(judgment.active_ms, language),
    judgment.state === "surplus" && t("manage.item.is.surplus"),
  ].filter(Boolean);
  return (
    <article className={styles.card} data-chosen={chosen} aria-current={chosen || undefined} onClick={onChoose}>
      <header className={styles.cardHead}>
        <strong>{nameOf(judgment, t)}</strong>
        {accepted && <Tag tone="good">{t("review.right")}</Tag>}
        {taken && <Tag tone="bad">{t("review.takenOut")}</Tag>}
      </header>
      <p className={styles.order}>{inWords(content.tiers, letters, content.unacceptable_below)}</p>
      <Marks judgment={judgment} letters={letters} />
      {facts.length > 0 && <p className={styles.small}>{facts.join(" · ")}</p>}
      <Group gap="xs">
        <Button size="xs" variant="default" aria-pressed={accepted} onClick={() => decision.accept(judgment.id)}>
          {t("review.right")}
        </Button>
        <Button size="xs" variant="default" aria-pressed={taken} onClick={() => decision.withdraw(judgment.id)}>
          {t("review.takeOut")}
        </Button>
        <Button size="xs" variant="default" onClick={() => decision.tell(judgment.id)}>
          {t("review.tell")}
        </Button>
      </Group>
    </article>
  );
}

function Marks({ judgment, letters }: Pick<Props, "judgment" | "letters">) {
  const { t } = useText();
  const { content } = judgment;
  const lines = [...letters].flatMap(([id, letter]) => {
    const grades = Object.entries(content.grades[id] ?? {}).map(([axis, grade]) => `${axisWords(t, axis)} ${grade}`);
    const flags = (content.flags[id] ?? []).map((flag) => flagWords(t, flag));
    const said = [...grades, ...flags, content.notes[id] ?? ""].filter(Boolean);
    if (content.cannot_judge.includes(id)) said.unshift(t("labeling.unjudgeable"));
    return said.length > 0 ? [`${letter}: ${said.join(" · ")}`] : [];
  });
  if (content.note) lines.push(content.note);
  if (lines.length === 0) return null;
  return (
    <ul className={styles.plain}>
      {lines.map((line) => (
        <li key={line} className={styles.small}>
          {line}
        </li>
      ))}
    </ul>
  );
}
