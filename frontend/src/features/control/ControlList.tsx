import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { Awaited, ConfirmButton, Failure, More, Nothing, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import styles from "@/features/manage/manage.module.css";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { makeTraps, readControlItems, retireControlItem, type ControlItem } from "./api";

interface Props {
  projectId: string;
  kind: "gold" | "trap";
}

/** Gold items or traps, newest first. */
export function ControlList({ projectId, kind }: Props) {
  const { t } = useText();
  const items = usePages(["control-items", projectId, kind], () => readControlItems(projectId, kind));
  return (
    <Section title={t(`control.view.${kind}`)}>
      {kind === "trap" && <MakeTraps projectId={projectId} />}
      <Awaited query={items}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t(kind === "gold" ? "control.noGold" : "control.noTraps")}</Nothing>
          ) : (
            <>
              {rows.map((row) => (
                <Card key={row.id} row={row} projectId={projectId} />
              ))}
            </>
          )
        }
      </Awaited>
      <More query={items} />
    </Section>
  );
}

/** So many are made unless another number is asked for. */
const TRAPS = 10;

function MakeTraps({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [count, setCount] = useState<number | null>(TRAPS);
  const [made, setMade] = useState<number | null>(null);
  const { act, busy, error } = useAct([["control-items", projectId]]);
  const make = async () => {
    const done = await act(() => makeTraps(projectId, count ?? TRAPS));
    setMade(done?.made ?? null);
  };
  return (
    <div className={styles.form}>
      <NumberField
        label={t("control.trapCount")}
        description={t("control.trapHint")}
        min={1}
        max={100}
        whole
        value={count}
        standard={TRAPS}
        onChange={setCount}
      />
      <Failure error={error} />
      <Group>
        <Button variant="default" loading={busy} onClick={() => void make()}>
          {t("control.makeTraps")}
        </Button>
        <Text role="status">{made === null ? "" : t("control.trapsMade", { count: made })}</Text>
      </Group>
    </div>
  );
}

function Card({ row, projectId }: { row: ControlItem; projectId: string }) {
  const { t, language } = useText();
  const lang = useProject(projectId).data?.language ?? "";
  const { act, error } = useAct([["control-items", projectId]]);
  const retired = row.retired_at !== null;
  const texts = new Map(row.completions.map(({ id, text }) => [id, text]));
  const order = row.orders[0];
  const facts = [
    t(`control.given.${row.given}`),
    row.evidence &&
      t("control.evidence", {
        count: row.evidence.judgments,
        share: row.evidence.agreement.toLocaleString(language, { style: "percent" }),
      }),
    t("control.judged", { count: row.judged }),
    row.expires_at && t("control.expires", { time: formatTime(row.expires_at, language) }),
    order && order.number > 1 && t("control.version", { number: order.number }),
  ].filter(Boolean);
  return (
    <article className={styles.card} data-retired={retired}>
      <header className={styles.cardHead}>
        <b lang={lang} className={styles.preview}>
          {row.prompt_preview || t("manage.items.emptyPrompt")}
        </b>
        <StateTag row={row} />
      </header>
      <ol className={styles.expected} lang={lang}>
        {(order?.tiers ?? row.completions.map(({ id }) => [id])).map((tier, index) => (
          <li key={index}>
            {tier.map((id) => (
              <p key={id} className={styles.preview} dir="auto">
                {texts.get(id)} {id === row.trap && <Tag tone="bad">{t("control.bad")}</Tag>}
              </p>
            ))}
          </li>
        ))}
      </ol>
      {order?.explanation && <p dir="auto">{order.explanation}</p>}
      <p className={styles.small}>{facts.join(" · ")}</p>
      <Failure error={error} />
      <div className={styles.acts}>
        <ConfirmButton
          label={t(retired ? "control.takeBack" : "control.retire")}
          question={t(retired ? "control.takeBackQuestion" : "control.retireQuestion")}
          onConfirm={() => act(() => retireControlItem(row.id, !retired))}
        />
      </div>
    </article>
  );
}

function StateTag({ row }: { row: ControlItem }) {
  const { t } = useText();
  const expired = row.expires_at !== null && new Date(row.expires_at) <= new Date();
  if (row.retired_at !== null) return <Tag tone="calm">{t("control.state.retired")}</Tag>;
  if (row.stale_at !== null) return <Tag tone="bad">{t("control.state.stale")}</Tag>;
  if (expired) return <Tag tone="calm">{t("control.state.expired")}</Tag>;
  return <Tag tone="good">{t("control.state.used")}</Tag>;
}
