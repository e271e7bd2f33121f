import { Button, Group, Loader } from "@mantine/core";
import { useState } from "react";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useVersions } from "@/features/train/api";
import { formatNumber } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { cancelTrial, isOpen, type Trial } from "./api";
import { bestOfEach, hasBegun, isAnswered, type Spot } from "./best";
import { CompletionCard } from "./CompletionCard";
import { SendForm } from "./SendForm";
import styles from "./playground.module.css";

/** What the policies answered, side by side, as far as it has come. */
export function Answer({ projectId, trial }: { projectId: string; trial: Trial }) {
  const { t, language } = useText();
  const versions = useVersions(projectId);
  const [picked, setPicked] = useState<Spot[]>([]);
  const nameOf = (id: string) => {
    const found = versions.data?.find((each) => each.id === id);
    return found ? `${found.number} ${found.name}` : "…";
  };
  const best = bestOfEach(trial.parts, trial.rewards[0]);
  const has = (spots: readonly Spot[], spot: Spot) =>
    spots.some((each) => each.policy === spot.policy && each.sample === spot.sample);
  const pick = (spot: Spot) =>
    setPicked(has(picked, spot) ? picked.filter((each) => !has([spot], each)) : [...picked, spot]);
  const isOver = !isOpen(trial);
  const hasWhole = trial.parts.some((part) => part.completions.some((each) => each.finish_reason !== null));
  return (
    <Section title={t("playground.answer")}>
      <Standing trial={trial} />
      <div className={styles.columns}>
        {trial.parts.map((part, policy) => (
          <div key={part.policy} className={styles.column}>
            <h3>
              {nameOf(part.policy)}{" "}
              <span className="muted">{t("playground.seconds", { seconds: formatNumber(part.seconds, language, 2) })}</span>
            </h3>
            {!part.completions.some(hasBegun) && (
              <p className="muted">{t(isOver ? "playground.nothingCame" : "playground.asksServer")}</p>
            )}
            {part.completions.map(
              (completion, sample) =>
                hasBegun(completion) && (
                  <CompletionCard
                    key={sample}
                    number={sample + 1}
                    completion={completion}
                    rewardNames={nameOf}
                    isServed={part.is_served}
                    isBest={has(best, { policy, sample })}
                    picked={has(picked, { policy, sample })}
                    onPick={!isOver || trial.item !== null ? null : () => pick({ policy, sample })}
                  />
                ),
            )}
          </div>
        ))}
      </div>
      {isOver && hasWhole && <SendForm projectId={projectId} trial={trial} picked={picked} />}
    </Section>
  );
}

/** How far it is, and why it ended where it ended badly. */
function Standing({ trial }: { trial: Trial }) {
  const { t } = useText();
  const { act, busy, error } = useAct([["trial", trial.id]]);
  if (trial.state === "done") return null;
  if (trial.state === "cancelled") return <p className="muted">{t("playground.state.cancelled")}</p>;
  if (trial.state === "failed") {
    return (
      <div className={styles.failed} role="alert">
        <b>{t("playground.failed")}</b>
        <p>{trial.error_message || t("playground.gaveUp")}</p>
      </div>
    );
  }
  return (
    <Group role="status">
      <Loader size="xs" aria-hidden="true" />
      <span>
        {t(`playground.state.${trial.state}`)}{" "}
        {trial.parts.length > 0 &&
          t("playground.progress", { done: trial.parts.filter(isAnswered).length, total: trial.policies.length })}
      </span>
      <Button size="xs" variant="default" loading={busy} onClick={() => void act(() => cancelTrial(trial.id))}>
        {t("common.cancel")}
      </Button>
      <Failure error={error} />
    </Group>
  );
}
