import { Button, Group, Select, Switch } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, More, Nothing, PageHead, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePromptSets } from "@/features/train/api";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { actOnPrompts, readNearGroups, type NearGroup, type NearQuery, type PromptAct } from "./api";
import { asText, Difference } from "./Difference";
import { percent } from "./percent";
import styles from "./prompts.module.css";
import { UndoNotice } from "./UndoNotice";

const LEVELS = [0.7, 0.8, 0.9, 1];

/** Groups of prompts that are nearly the same, side by side; all but one can be retired. */
export function NearPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const [params, setParams] = useSearchParams();
  const sets = usePromptSets(projectId).data ?? [];
  const query: NearQuery = {};
  const set = params.get("set");
  if (set) query.prompt_set = set;
  const level = LEVELS.find((each) => String(each) === params.get("alike"));
  if (level) query.at_least = level;
  if (params.get("across") === "true") query.across = true;
  const groups = useGroups(projectId, query);
  const put = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <>
      <PageHead title={t("prompts.near.title")} lead={t("prompts.near.lead")} />
      <Group gap="sm" align="center">
        <Select
          aria-label={t("prompts.near.set")}
          placeholder={t("prompts.near.everySet")}
          data={sets.map((each) => ({ value: each.id, label: `${each.name} v${each.version}` }))}
          value={set}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("prompts.filter.clearOne", { name: t("prompts.near.set") }) }}
          onChange={(value) => put("set", value)}
        />
        <Select
          aria-label={t("prompts.near.alike")}
          data={LEVELS.map((each) => ({
            value: String(each),
            label: t("prompts.near.atLeast", { share: percent(each, language) }),
          }))}
          value={String(level ?? 0.7)}
          allowDeselect={false}
          onChange={(value) => put("alike", value === "0.7" ? null : value)}
        />
        <Switch
          label={t("prompts.near.across")}
          checked={query.across ?? false}
          onChange={(event) => put("across", event.currentTarget.checked ? "true" : null)}
        />
      </Group>
      <details className={styles.description}>
        <summary>{t("prompts.near.how")}</summary>
        <p>{t("prompts.near.explained")}</p>
      </details>
      <Awaited query={groups}>
        {({ pages }) => (
          <>
            <p role="status">
              {t("prompts.near.total", { count: pages[0]?.total ?? 0 })}
              {(pages[0]?.pending ?? 0) > 0 && ` · ${t("prompts.set.pending", { count: pages[0]?.pending ?? 0 })}`}
            </p>
            {pages[0]?.total === 0 && <Nothing>{t("prompts.near.none")}</Nothing>}
            {pages
              .flatMap((page) => page.groups)
              .map((group) => (
                <NearGroupCard key={group.key} group={group} projectId={projectId} />
              ))}
          </>
        )}
      </Awaited>
      <More query={groups} />
    </>
  );
}

function useGroups(projectId: string, query: NearQuery) {
  return useInfiniteQuery({
    queryKey: ["near", projectId, query],
    queryFn: ({ pageParam }) => readNearGroups(projectId, { ...query, ...(pageParam ? { after: pageParam } : {}) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** One group. The prompt that stays is chosen; to begin with the one with the most judgments. */
function NearGroupCard({ group, projectId }: { group: NearGroup; projectId: string }) {
  const { t } = useText();
  const [kept, setKept] = useState(() => mostJudged(group));
  const [done, setDone] = useState<PromptAct | null>(null);
  const { act, busy, error } = useAct([["prompts"], ["prompt-sets", projectId]]);
  const keeper = group.prompts.find((each) => each.id === kept);
  const others = group.prompts.filter((each) => each.id !== kept);
  const retire = async () => {
    const ids = others.map((each) => each.id);
    setDone((await act(() => actOnPrompts(projectId, newUuid(), { kind: "retire", ids }))) ?? null);
  };
  return (
    <section className={styles.pane} aria-label={t("prompts.near.group", { count: group.size })}>
      <header className={styles.marks}>
        <strong>{t("prompts.near.group", { count: group.size })}</strong>
        {group.purposes.length > 1 && <Tag tone="bad">{t("prompts.near.leak")}</Tag>}
        {group.size > group.prompts.length && (
          <span className="muted">{t("prompts.near.shown", { count: group.prompts.length })}</span>
        )}
      </header>
      <Members group={group} kept={kept} onKeep={setKept} projectId={projectId} />
      {keeper &&
        others.slice(0, 5).map((each) => (
          <Difference
            key={`${kept}.${each.id}`}
            before={keeper.messages}
            after={each.messages}
            names={[nameOf(group, kept), nameOf(group, each.id)]}
            lang={each.language || each.prompt_set.language}
          />
        ))}
      <Failure error={error} />
      {done === null && (
        <Group>
          <Button size="xs" variant="default" loading={busy} onClick={() => void retire()}>
            {t("prompts.near.retireOthers", { count: others.length })}
          </Button>
        </Group>
      )}
      <UndoNotice projectId={projectId} act={done} onUndone={() => setDone(null)} />
    </section>
  );
}

interface MembersProps {
  group: NearGroup;
  kept: string;
  onKeep: (id: string) => void;
  projectId: string;
}

function Members({ group, kept, onKeep, projectId }: MembersProps) {
  const { t, language } = useText();
  return (
    <div className={styles.members} role="radiogroup" aria-label={t("prompts.near.keep")}>
      {group.prompts.map((each) => (
        <div key={each.id} className={styles.marks}>
          <label>
            <input type="radio" name={group.key} checked={each.id === kept} onChange={() => onKeep(each.id)} />{" "}
            <strong>{nameOf(group, each.id)}</strong> {asText(each.messages).trim().slice(0, 40)}
          </label>
          <Link to={paths.manage(projectId, `prompts/${each.id}`)}>
            {each.prompt_set.name} v{each.prompt_set.version}
          </Link>
          <span className="muted">
            {t(`manage.purpose.${each.prompt_set.purpose}`)} ·{" "}
            {t("prompts.near.numbers", {
              share: percent(each.similarity, language),
              completions: each.completion_count,
              judgments: each.judgment_count,
            })}
          </span>
        </div>
      ))}
    </div>
  );
}

function mostJudged(group: NearGroup): string {
  const weight = (each: NearGroup["prompts"][number]) => each.judgment_count * 1e6 + each.completion_count;
  const best = [...group.prompts].sort((one, other) => weight(other) - weight(one))[0];
  return best?.id ?? "";
}

/** Members are told apart by a number, oldest first. */
function nameOf(group: NearGroup, id: string): string {
  return String(group.prompts.findIndex((each) => each.id === id) + 1);
}
