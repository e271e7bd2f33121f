import { Button, Group, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Awaited, Facts, Failure, Nothing, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { readMembers } from "@/features/manage/api";
import { usePromptSets } from "@/features/train/api";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { beginBulk, readBulkActs, readEffect, type BulkBody } from "./api";
import { BulkActCard } from "./BulkActCard";
import styles from "./review.module.css";

type Filter = BulkBody["filter"];
type Told = globalThis.Awaited<ReturnType<typeof readEffect>>;
const ACTS = ["withdraw", "restore"] as const;
const KINDS = ["ranking", "demonstration"] as const;

/** Take out, or put back, many judgments: counted first, done whole, undone exactly. */
export function BulkPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const acts = usePages(["bulk", projectId], () => readBulkActs(projectId), 5000);
  return (
    <>
      <PageHead title={t("review.bulk.title")} lead={t("review.bulk.lead")} />
      <BulkForm projectId={projectId} />
      <Section title={t("review.bulk.done")}>
        <Awaited query={acts}>
          {(rows) =>
            rows.length === 0 ? (
              <Nothing>{t("review.bulk.none")}</Nothing>
            ) : (
              rows.map((row) => <BulkActCard key={row.id} row={row} projectId={projectId} />)
            )
          }
        </Awaited>
      </Section>
    </>
  );
}

function BulkForm({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const [reason, setReason] = useState("");
  const [guideline, setGuideline] = useState(Number(search.get("guideline")) || null); // the address comes after
  const members = useQuery({ queryKey: ["members", projectId, "first"], queryFn: () => readMembers(projectId) });
  const { act, busy, error, fieldError } = useAct([["bulk", projectId]]);
  const kind = search.get("act") === "restore" ? "restore" : "withdraw";
  const of = search.get("of") === "demonstration" ? "demonstration" : "ranking";
  const sets = usePromptSets(projectId);
  const filter = filterFrom(search);
  const asked = Object.keys(filter).length > 0;
  const effect = useQuery({
    queryKey: ["effect", projectId, kind, of, filter],
    queryFn: () => readEffect(projectId, { act: kind, of, filter }),
    enabled: asked,
  });
  const choose = (name: string) => (value: string | number | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, String(value));
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  const send = async () => {
    const body = { act: kind, of, filter, reason, client_uuid: newUuid() } as const;
    if (await act(() => beginBulk(projectId, body))) setReason("");
  };
  return (
    <div className={styles.form}>
      <Group grow align="start">
        <Select
          label={t("review.bulk.act")}
          data={ACTS.map((value) => ({ value, label: t(`review.bulk.${value}`) }))}
          value={kind}
          allowDeselect={false}
          onChange={choose("act")}
        />
        <Select
          label={t("review.bulk.kind")}
          data={KINDS.map((value) => ({ value, label: t(`review.bulk.of.${value}`) }))}
          value={of}
          allowDeselect={false}
          onChange={choose("of")}
        />
      </Group>
      <p className={styles.small}>{t(`review.bulk.ofHint.${of}`)}</p>
      {filter.judgments && (
        <Group gap="xs">
          <span className={styles.small}>
            {t("review.bulk.chosen", { count: filter.judgments.length })}
          </span>
          <Button size="compact-xs" variant="subtle" onClick={() => choose("judgments")(null)}>
            {t("review.bulk.drop")}
          </Button>
        </Group>
      )}
      <Group grow align="start">
        <Select
          label={t("review.bulk.labeler")}
          data={(members.data?.results ?? []).map((one) => ({ value: one.user_id, label: one.display_name || one.username }))}
          value={search.get("labeler")}
          onChange={choose("labeler")}
          clearable
          searchable
        />
        <NumberField
          label={t("review.bulk.guideline")}
          min={1}
          whole
          value={guideline}
          onChange={(value) => {
            setGuideline(value);
            choose("guideline")(value);
          }}
        />
      </Group>
      <Select
        label={t("explorer.filter.prompt_set")}
        data={(sets.data ?? []).map((set) => ({ value: set.id, label: `${set.name} v${set.version}` }))}
        value={search.get("prompt_set")}
        onChange={choose("prompt_set")}
        clearable
        searchable
      />
      <Group grow>
        {(["since", "until"] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            label={t(`review.bulk.${name}`)}
            value={search.get(name) ?? ""}
            onChange={(event) => choose(name)(event.currentTarget.value)}
          />
        ))}
      </Group>
      {!asked && <p className={styles.small}>{t("review.bulk.ask")}</p>}
      {asked && effect.data && <Effect effect={effect.data} restores={kind === "restore"} />}
      <Failure error={effect.error} />
      <Textarea
        label={t("manage.item.reason")}
        required
        autosize
        minRows={2}
        value={reason}
        error={fieldError("reason")}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Failure error={error} />
      <Group>
        <Button
          color={kind === "withdraw" ? "red" : undefined}
          loading={busy}
          disabled={!reason.trim() || !effect.data?.judgments}
          onClick={() => void send()}
        >
          {t(`review.bulk.${kind}Count`, { count: effect.data?.judgments ?? 0 })}
        </Button>
      </Group>
    </div>
  );
}

/** Dates of the page are days of the reader. */
function filterFrom(search: URLSearchParams): Filter {
  const filter: Filter = {};
  const labeler = search.get("labeler");
  const guideline = Number(search.get("guideline"));
  const promptSet = search.get("prompt_set");
  const judgments = search.get("judgments");
  if (labeler) filter.labeler = labeler;
  if (guideline) filter.guideline = guideline;
  if (promptSet) filter.prompt_set = promptSet;
  if (judgments) filter.judgments = judgments.split(",");
  const [since, until] = [search.get("since"), search.get("until")];
  if (since) filter.since = new Date(`${since}T00:00:00`).toISOString();
  if (until) filter.until = new Date(`${until}T23:59:59.999`).toISOString();
  return filter;
}

function Effect({ effect, restores }: { effect: Told; restores: boolean }) {
  const { t } = useText();
  const inSnapshots = effect.snapshots.map((each) => `${each.number} (${each.judgments})`).join(", ");
  return (
    <div className={styles.card} aria-live="polite">
      <Facts
        rows={[
          [t("review.bulk.judgments"), String(effect.judgments)],
          [t("review.bulk.labelers"), String(effect.labelers)],
          restores
            ? [t("review.bulk.surplus"), String(effect.would_be_surplus)]
            : [t("review.bulk.reopened"), String(effect.reopened)],
          ...(effect.would_stay_out > 0
            ? [[t("review.bulk.left.person_deleted"), String(effect.would_stay_out)] as [string, string]]
            : []),
          [t("review.bulk.snapshots"), inSnapshots || "–"],
        ]}
      />
    </div>
  );
}
