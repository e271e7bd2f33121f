import { Button, Group } from "@mantine/core";
import { useState } from "react";
import type { QueryKey } from "@tanstack/react-query";
import { ConfirmButton, Failure, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useRefresh } from "@/features/manage/useRefresh";
import { useText } from "@/lib/i18n";
import { changeWebhook, eventText, removeWebhook, rotateSecret, testWebhook, type Webhook } from "./api";
import { Messages } from "./Messages";
import { TestOutcome } from "./TestOutcome";

interface Props {
  webhook: Webhook;
  listKey: QueryKey;
  onSecret: (secret: string) => void;
}

/** Whether it is told what happens, and how well that goes. */
export function Standing({ webhook }: { webhook: Webhook }) {
  const { t } = useText();
  const { state, waiting: count, dead, failing_status: answer, failing_error: error } = webhook;
  const fails = state === "active" && error !== null;
  return (
    <>
      {fails ? (
        <Tag tone="bad">
          {answer === null ? t("webhooks.unreached", { count, error }) : t("webhooks.failing", { count, answer })}
        </Tag>
      ) : (
        <Tag tone={state === "active" ? "good" : "calm"}>{t(`webhooks.is.${state}`)}</Tag>
      )}
      {dead > 0 && <Tag tone="bad">{t("webhooks.dead", { count: dead })}</Tag>}
      {count > 0 && !fails && <Tag tone="busy">{t("webhooks.waiting", { count })}</Tag>}
    </>
  );
}

/** One address: what it is told, how it goes, and what can be done with it. */
export function WebhookCard({ webhook, listKey, onSecret }: Props) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const messages = ["webhook-messages", webhook.id];
  const refresh = useRefresh([listKey]);
  const { act, busy, error } = useAct([listKey, messages]);
  const isActive = webhook.state === "active";
  const toggle = () => act(() => changeWebhook(webhook.id, { state: isActive ? "paused" : "active" }));
  const [tests, setTests] = useState(0);
  const test = () => act(() => testWebhook(webhook.id).then(() => setTests(tests + 1)));
  return (
    <article className={styles.card} aria-label={webhook.url}>
      <header className={styles.cardHead}>
        <strong style={{ overflowWrap: "anywhere" }}>{webhook.url}</strong>
        <Group gap="xs">
          <Standing webhook={webhook} />
        </Group>
      </header>
      <p className={styles.small}>{webhook.events.map((name) => t(eventText(name))).join(" · ")}</p>
      <Failure error={error} />
      <Group gap="xs">
        <Button size="xs" variant="default" loading={busy} onClick={() => void test()} disabled={!isActive}>
          {t("webhooks.test")}
        </Button>
        <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("webhooks.log")}
        </Button>
        <Button size="xs" variant="default" onClick={() => void toggle()}>
          {t(isActive ? "webhooks.pause" : "webhooks.resume")}
        </Button>
        <ConfirmButton
          label={t("webhooks.rotate")}
          question={t("webhooks.rotateAsk")}
          onConfirm={() => rotateSecret(webhook.id).then((made) => onSecret(made.secret))}
        />
        <ConfirmButton
          danger
          label={t("webhooks.remove")}
          question={t("webhooks.removeAsk")}
          onConfirm={() => removeWebhook(webhook.id).then(refresh)}
        />
      </Group>
      <TestOutcome webhookId={webhook.id} sent={tests} />
      {open && <Messages webhookId={webhook.id} queryKey={messages} />}
    </article>
  );
}
