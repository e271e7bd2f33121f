import { Button, Group } from "@mantine/core";
import { ConfirmButton, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { stopBulk, undoBulk, type BulkRow } from "./api";
import styles from "./review.module.css";

const LEFT = [
  ...(["changed_since", "already_withdrawn", "not_withdrawn", "superseded"] as const),
  ...(["withdrawn_by_author", "person_deleted"] as const),
];

/** Why a judgment was left as it was. */
function leftText(rule: string) {
  const known = LEFT.find((one) => one === rule) ?? "other";
  return `review.bulk.left.${known}` as const;
}

/** One act: what became of it; it can be stopped, and undone. */
export function BulkActCard({ row, projectId }: { row: BulkRow; projectId: string }) {
  const { t, language } = useText();
  const { act } = useAct([["bulk", projectId], ["review", projectId], ["items", projectId]]);
  const undo = () =>
    act(() => undoBulk(row.id, { client_uuid: newUuid(), reason: t("review.bulk.undoReason") }));
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <strong>{t(row.undoes ? "review.bulk.undoOf" : `review.bulk.${row.act}`)}</strong>
        <Tag>{t(`review.bulk.of.${row.of ?? "ranking"}`)}</Tag>
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
