import { Button, Group } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { ConfirmButton, Failure, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useMixes } from "@/features/mixes/api";
import { usePromptSets } from "@/features/train/api";
import { formatTime, listOf } from "@/lib/format";
import { useText, type Text } from "@/lib/i18n";
import { movePlan, type Plan } from "./api";
import styles from "./rounds.module.css";

const MONDAY = new Date(2024, 0, 1);

/** The name of a weekday; 0 is Monday. */
export function weekdayName(day: number, language: string): string {
  const date = new Date(MONDAY);
  date.setDate(MONDAY.getDate() + day);
  return date.toLocaleDateString(language, { weekday: "short" });
}

/** The plan in a sentence, and the switch. */
export function PlanCard({ projectId, plan }: { projectId: string; plan: Plan }) {
  const { t, language } = useText();
  const { act, busy, error } = useAct([["round-plan", projectId], ["rounds", projectId]]);
  const mixes = useMixes(projectId);
  const sets = usePromptSets(projectId);
  const mix = mixes.data?.find((each) => each.id === plan.mix);
  const prompts = sets.data?.find((each) => each.id === plan.prompt_set);
  const isActive = plan.state === "active";
  const buttons = useRef<HTMLDivElement>(null);
  const wished = useRef<Plan["state"]>(null);
  const move = async (state: Plan["state"]) => {
    wished.current = state;
    if (!(await act(() => movePlan(projectId, state)))) wished.current = null;
  };
  useEffect(() => {
    if (busy || wished.current !== plan.state) return;
    buttons.current?.querySelector("button")?.focus(); // it stands where the one stood that was pressed
    wished.current = null;
  }, [plan.state, busy]);
  return (
    <div className={styles.plan}>
      <div>
        <p className={styles.line}>
          <Tag tone={isActive ? "good" : "calm"}>{t(`rounds.plan.state.${plan.state}`)}</Tag>{" "}
          {whenInWords(plan, t, language)}
        </p>
        {plan.paused_because && <p role="alert">{t("rounds.plan.pausedBecause", { why: plan.paused_because })}</p>}
        <p className="muted">
          {t("rounds.plan.how", {
            mix: mix ? `${mix.name} v${mix.version}` : "…",
            prompts: prompts ? `${prompts.name} v${prompts.version}` : "…",
            kind: t(`train.kind.${plan.policy_kind}.name`),
          })}{" "}
          {plan.pick_config && t("rounds.plan.chooses", { count: Number(plan.pick_config.prompts) })}
        </p>
        <p className="muted">
          {t("rounds.plan.changed", { by: plan.changed_by, at: formatTime(plan.changed_at, language) })}
        </p>
        <Failure error={error} />
      </div>
      <Group ref={buttons} gap="xs">
        {isActive ? (
          <ConfirmButton
            label={t("rounds.plan.pause")}
            question={t("rounds.plan.pauseQuestion")}
            onConfirm={() => move("paused")}
          />
        ) : (
          <Button size="xs" loading={busy} onClick={() => void move("active")}>
            {t("rounds.plan.resume")}
          </Button>
        )}
        <Button size="xs" variant="default" component={Link} to={{ search: "?plan=edit" }}>
          {t("rounds.plan.edit")}
        </Button>
      </Group>
    </div>
  );
}

function whenInWords(plan: Plan, t: Text, language: string): string {
  if (plan.trigger === "judgments") return t("rounds.plan.everyJudgments", { count: plan.judgments });
  const days = plan.weekdays.map((day) => weekdayName(day, language));
  return t("rounds.plan.onCalendar", {
    days: days.length > 0 ? listOf(days) : t("rounds.plan.everyDay"),
    at: (plan.at ?? "").slice(0, 5),
    zone: plan.time_zone,
    judgments: plan.judgments.toLocaleString(language),
  });
}
