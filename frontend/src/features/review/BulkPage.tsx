import { Button, Group, NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Awaited, ConfirmButton, Facts, Failure, Nothing, PageHead, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { readMembers } from "@/features/manage/api";
import { formatTime } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { beginBulk, readBulkActs, readEffect, stopBulk, undoBulk, type BulkBody, type BulkRow } from "./api";
import styles from "./review.module.css";

type Filter = BulkBody["filter"];
type Told = globalThis.Awaited<ReturnType<typeof readEffect>>;
const LEFT = [
  ...(["changed_since", "already_withdrawn", "not_withdrawn", "superseded"] as const),
  ...(["withdrawn_by_author", "person_deleted"] as const),
];
const ACTS = ["withdraw", "restore"] as const;

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
              rows.map((row) => <ActCard key={row.id} row={row} projectId={projectId} />)
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
  const members = useQuery({ queryKey: ["members", projectId, "first"], queryFn: () => readMembers(projectId) });
  const { act, busy, error, fieldError } = useAct([["bulk", projectId]]);
  const kind = search.get("act") === "restore" ? "restore" : "withdraw";
  const filter = filterFrom(search);
  const asked = Object.keys(filter).length > 0;
  const effect = useQuery({
    queryKey: ["effect", projectId, kind, filter],
    queryFn: () => readEffect(projectId, { act: kind, filter }),
    enabled: asked,
  });
  const choose = (name: string) => (value: string | number | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, String(value));
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  const send = async () => {
    const body = { act: kind, filter, reason, client_uuid: newUuid() } as const;
    if (await act(() => beginBulk(projectId, body))) setReason("");
  };
  return (
    <div className={styles.form}>
      <Select
        label={t("review.bulk.act")}
        data={ACTS.map((value) => ({ value, label: t(`review.bulk.${value}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={choose("act")}
      />
      <Group grow align="start">
        <Select
          label={t("review.bulk.labeler")}
          data={(members.data?.results ?? []).map((one) => ({ value: one.user_id, label: one.display_name || one.username }))}
          value={search.get("labeler")}
          onChange={choose("labeler")}
          clearable
          searchable
        />
        <NumberInput
          label={t("review.bulk.guideline")}
          min={1}
          value={Number(search.get("guideline")) || ""}
          onChange={choose("guideline")}
        />
      </Group>
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
          disabled={!reason.trim() || !effect.data?.rankings}
          onClick={() => void send()}
        >
          {t(`review.bulk.${kind}Count`, { count: effect.data?.rankings ?? 0 })}
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
  const rankings = search.get("rankings");
  if (labeler) filter.labeler = labeler;
  if (guideline) filter.guideline = guideline;
  if (rankings) filter.rankings = rankings.split(",");
  const [since, until] = [search.get("since"), search.get("until")];
  if (since) filter.since = new Date(`${since}T00:00:00`).toISOString();
  if (until) filter.until = new Date(`${until}T23:59:59.999`).toISOString();
  return filter;
}

function Effect({ effect, restores }: { effect: Told; restores: boolean }) {
  const { t } = useText();
  const inSnapshots = effect.snapshots.map((each) => `${each.number} (${each.rankings})`).join(", ");
  return (
    <div className={styles.card} aria-live="polite">
      <Facts
        rows={[
          [t("review.bulk.judgments"), String(effect.rankings)],
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


/** Why a judgment was left as it was. */
function leftText(rule: string) {
  const known = LEFT.find((one) => one === rule) ?? "other";
  return `review.bulk.left.${known}` as const;
}

function ActCard({ row, projectId }: { row: BulkRow; projectId: string }) {
  const { t, language } = useText();
  const { act } = useAct([["bulk", projectId], ["review", projectId], ["items", projectId]]);
  const undo = () =>
    act(() => undoBulk(row.id, { client_uuid: newUuid(), reason: t("review.bulk.undoReason") }));
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <strong>{t(row.undoes ? "review.bulk.undoOf" : `review.bulk.${row.act}`)}</strong>
        <Tag tone={row.state === "running" ? "busy" : "calm"}>{t(`review.bulk.is.${row.state ?? "done"}`)}</Tag>
        {row.undone_by && <Tag>{t("review.bulk.undone")}</Tag>}
      </header>
      <p>{row.reason}</p>
      <p className={styles.small}>
        {t("review.bulk.counts", {
          total: row.total ?? 0,
          changed: row.withdrawn + row.counted + row.surplus,
          surplus: row.surplus,
          left: row.left,
        })}
        {` · ${row.actor_name} · ${formatTime(row.created_at, language)}`}
      </p>
      {Object.entries(row.left_because).map(([rule, count]) => (
        <p key={rule} className={styles.small}>
          {t(leftText(rule))}: {count}
        </p>
      ))}
      <Group gap="xs">
        {row.state === "running" && (
          <Button size="xs" variant="default" onClick={() => void act(() => stopBulk(row.id))}>
            {t("review.bulk.stop")}
          </Button>
        )}
        {row.state !== "running" && !row.undone_by && (
          <ConfirmButton label={t("review.bulk.undo")} question={t("review.bulk.undoQuestion")} onConfirm={undo} />
        )}
      </Group>
    </article>
  );
}
