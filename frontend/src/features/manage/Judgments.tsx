import { Button, Textarea } from "@mantine/core";
import type { QueryKey } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { ModelText } from "@/features/text/ModelText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { restoreRanking, withdrawRanking, type ItemDetail } from "./api";
import { FormDialog } from "./FormDialog";
import { Remarks } from "./Remarks";
import styles from "./manage.module.css";

type Ranking = ItemDetail["rankings"][number];
type Demonstration = ItemDetail["demonstrations"][number];
const TONES = { counted: "good", surplus: "calm", withdrawn: "bad" } as const;

function Judgment({ row, children }: { row: Ranking | Demonstration; children: ReactNode }) {
  const { t, language } = useText();
  const state = row.state === "surplus" || row.state === "withdrawn" ? row.state : "counted";
  const facts = [
    formatTime(row.created_at, language),
    row.guideline_number !== null && t("manage.item.guideline", { number: row.guideline_number }),
    row.active_ms !== null && t("manage.item.seconds", { seconds: Math.round(row.active_ms / 1000) }),
  ].filter(Boolean);
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <strong>{row.labeler_name}</strong>
        <Tag tone={TONES[state]}>{t(`manage.item.is.${state}`)}</Tag>
      </header>
      {children}
      <p className={styles.small}>{facts.join(" · ")}</p>
    </article>
  );
}

interface RankingProps {
  ranking: Ranking;
  /** The letter under which each completion stands on this page. */
  letters: ReadonlyMap<string, string>;
  changed: readonly QueryKey[];
}

export function RankingView({ ranking, letters, changed }: RankingProps) {
  const { t } = useText();
  const { content } = ranking;
  return (
    <Judgment row={ranking}>
      <ol className={styles.tiers}>
        {content.tiers.map((tier, index) => (
          <li key={index} aria-label={t("labeling.tier", { tier: index + 1 })}>
            {index === content.unacceptable_below && (
              <span className={styles.cut}>{t("manage.item.cut")}</span>
            )}
            <Letters ids={tier} letters={letters} />
          </li>
        ))}
      </ol>
      {content.cannot_judge.length > 0 && (
        <p className={styles.aside}>
          {t("labeling.unjudgeable")}: <Letters ids={content.cannot_judge} letters={letters} />
        </p>
      )}
      {content.unplaced.length > 0 && (
        <p className={styles.aside}>
          {t("labeling.unplaced")}: <Letters ids={content.unplaced} letters={letters} />
        </p>
      )}
      <Remarks content={content} letters={letters} />
      {ranking.withdrawals.map((one) => (
        <p key={one.created_at} className={styles.small}>
          {t(one.restored_at ? "review.history.restored" : "review.history.withdrawn", {
            name: one.actor_name,
            reason: one.reason,
          })}
        </p>
      ))}
      {ranking.state !== "withdrawn" && <Change act="withdraw" id={ranking.id} changed={changed} />}
      {ranking.can_restore && <Change act="restore" id={ranking.id} changed={changed} />}
    </Judgment>
  );
}

function Letters({ ids, letters }: { ids: readonly string[]; letters: ReadonlyMap<string, string> }) {
  return ids.map((id) => (
    <span key={id} className={styles.letter}>
      {letters.get(id) ?? "?"}
    </span>
  ));
}

const CHANGES = {
  withdraw: { send: withdrawRanking, name: "manage.item.withdraw", question: "manage.item.withdrawQuestion" },
  restore: { send: restoreRanking, name: "review.history.restore", question: "review.history.restoreQuestion" },
} as const;

/** Take a judgment out, or put it back, with a reason. */
function Change({ act: kind, id, changed }: { act: keyof typeof CHANGES; id: string; changed: readonly QueryKey[] }) {
  const { name, question, send: change } = CHANGES[kind];
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState("");
  const { act, busy, error, fieldError } = useAct(changed);
  const send = async () => {
    if (await act(() => change(id, reason))) setOpened(false);
  };
  return (
    <div>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        {t(name)}
      </Button>
      <FormDialog
        title={t(name)}
        send={t(name)}
        opened={opened}
        busy={busy}
        error={error}
        danger
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <Textarea
          label={t("manage.item.reason")}
          description={t(question)}
          required
          autosize
          minRows={3}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={fieldError("reason")}
        />
      </FormDialog>
    </div>
  );
}

export function DemonstrationView({
  demonstration,
  lang,
}: {
  demonstration: Demonstration;
  lang: string;
}) {
  return (
    <Judgment row={demonstration}>
      <div lang={lang}>
        <ModelText text={demonstration.text} />
      </div>
      {demonstration.note && <p className={styles.aside}>{demonstration.note}</p>}
    </Judgment>
  );
}
