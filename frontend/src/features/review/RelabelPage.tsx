import { Button, Group, Select, TagsInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, Failure, Nothing, PageHead, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { axisWords, flagWords } from "@/features/labeling/names";
import { readGuidelines } from "@/features/manage/api";
import { WordsField } from "@/features/manage/WordsField";
import { useProject } from "@/features/projects/queries";
import { formatNumber, formatTime } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { beginPlan, cancelPlan, propose, readPlans, type Plan, type PlanQuery } from "./api";
import { share } from "./QueuePage";
import styles from "./review.module.css";

const RULES = ["supersede", "keep"] as const;

/** After a change of the guidelines: which judgments may be different now, and having them made anew. */
export function RelabelPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const plans = usePages(["relabel", projectId], () => readPlans(projectId), 15_000);
  const versions = usePages(["guidelines", projectId], () => readGuidelines(projectId));
  return (
    <>
      <PageHead title={t("review.relabel.title")} lead={t("review.relabel.lead")} />
      <Awaited query={versions}>
        {(rows) =>
          rows.length < 2 ? (
            <Nothing>{t("review.relabel.oneVersion")}</Nothing>
          ) : (
            <PlanForm projectId={projectId} numbers={rows.map((row) => row.number)} />
          )
        }
      </Awaited>
      <Section title={t("review.relabel.plans")}>
        <Awaited query={plans}>
          {(rows) =>
            rows.length === 0 ? (
              <Nothing>{t("review.relabel.none")}</Nothing>
            ) : (
              rows.map((plan) => <PlanCard key={plan.id} plan={plan} projectId={projectId} />)
            )
          }
        </Awaited>
      </Section>
    </>
  );
}

function PlanForm({ projectId, numbers }: { projectId: string; numbers: readonly number[] }) {
  const { t, language } = useText();
  const project = useProject(projectId).data;
  const usual = { old: numbers[1] ?? 1, new: numbers[0] ?? 2, cover: 80, most: 200, needed: 1 };
  const [query, setQuery] = useState<PlanQuery>({ ...usual, words: [], flags: [], axes: [], rule: "supersede" });
  const { act, busy, error } = useAct([["relabel", projectId]]);
  const [found, setFound] = useState<globalThis.Awaited<ReturnType<typeof propose>>>();
  const set = (changed: Partial<PlanQuery>) => {
    setFound(undefined);
    setQuery((now) => ({ ...now, ...changed }));
  };
  const look = async () => setFound(await act(() => propose(projectId, query)));
  const begin = async () => {
    if (await act(() => beginPlan(projectId, { ...query, client_uuid: newUuid() }))) setFound(undefined);
  };
  const number = (name: keyof typeof usual, most: number) => (
    <NumberField
      label={t(`review.relabel.${name}`)}
      min={1}
      max={most}
      whole
      value={query[name]}
      standard={usual[name]}
      onChange={(value) => set({ [name]: value ?? usual[name] })}
    />
  );
  return (
    <div className={styles.form}>
      <Group grow>
        {number("old", Math.max(...numbers))}
        {number("new", Math.max(...numbers))}
      </Group>
      <TagsInput label={t("review.relabel.words")} value={query.words ?? []} onChange={(words) => set({ words })} />
      <WordsField
        label={t("review.relabel.flags")}
        known={project?.flags ?? []}
        wordsFor={(flag) => flagWords(t, flag)}
        value={query.flags ?? []}
        onChange={(flags) => set({ flags })}
      />
      <WordsField
        label={t("review.relabel.axes")}
        known={project?.axes ?? []}
        wordsFor={(axis) => axisWords(t, axis)}
        value={query.axes ?? []}
        onChange={(axes) => set({ axes })}
      />
      <Group grow align="flex-end">
        {number("cover", 100)}
        {number("most", 2000)}
        {number("needed", 50)}
      </Group>
      <Select
        label={t("review.relabel.rule")}
        data={RULES.map((value) => ({ value, label: t(`review.relabel.rules.${value}`) }))}
        value={query.rule ?? "supersede"}
        allowDeselect={false}
        onChange={(rule) => set({ rule: rule === "keep" ? "keep" : "supersede" })}
      />
      <Failure error={error} />
      <Group>
        <Button variant="default" loading={busy} onClick={() => void look()}>
          {t("review.relabel.look")}
        </Button>
        {found && found.items > 0 && (
          <Button loading={busy} onClick={() => void begin()}>
            {t("review.relabel.begin", { count: found.items })}
          </Button>
        )}
      </Group>
      {found && (
        <div className={styles.card} aria-live="polite">
          <p>
            {t("review.relabel.found", {
              items: found.items,
              candidates: found.candidates,
              flips: formatNumber(found.expected_in_items, language, 2),
              all: formatNumber(found.expected, language, 2),
            })}
          </p>
          <p className={styles.small}>{t("review.relabel.guess")}</p>
          <ul className={styles.plain}>
            {found.sample.map((one) => (
              <li key={one.item}>
                <Link to={paths.manage(projectId, `items/${one.item}`)}>{one.prompt_preview || "…"}</Link>{" "}
                <span className={styles.small}>{share(one.likelihood, language)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function PlanCard({ plan, projectId }: { plan: Plan; projectId: string }) {
  const { t, language } = useText();
  const { act } = useAct([["relabel", projectId]]);
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <strong>{t("review.relabel.fromTo", { old: plan.old, new: plan.new })}</strong>
        <Tag tone={plan.state === "running" ? "busy" : "calm"}>{t(`review.relabel.is.${plan.state ?? "done"}`)}</Tag>
      </header>
      <progress
        value={plan.judged}
        max={Math.max(plan.total, 1)}
        aria-label={t("review.relabel.progress", { done: plan.judged, total: plan.total })}
      />
      <p>{t("review.relabel.progress", { done: plan.judged, total: plan.total })}</p>
      <p className={styles.small}>
        {t("review.relabel.changed", {
          changed: plan.changed,
          settled: plan.settled,
          expected: formatNumber(plan.expected_flips, language, 2),
        })}
        {` · ${t(`review.relabel.rules.${plan.rule}`)} · ${plan.created_by_name} · ${formatTime(plan.created_at, language)}`}
      </p>
      {plan.state === "running" && (
        <Group>
          <ConfirmButton
            label={t("review.relabel.cancel")}
            question={t("review.relabel.cancelQuestion")}
            keep={t("review.relabel.keep")}
            danger
            onConfirm={() => act(() => cancelPlan(plan.id))}
          />
        </Group>
      )}
    </article>
  );
}
