import { Button, Checkbox, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Awaited, Nothing, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { Secret } from "@/features/manage/Secret";
import { useText } from "@/lib/i18n";
import { addWebhook, EVENTS, eventText, readWebhooks, type EventName } from "./api";
import { WebhookCard } from "./WebhookCard";

/** Addresses that are told what happens here. */
export function WebhooksPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const key = ["webhooks", projectId];
  const webhooks = useQuery({ queryKey: key, queryFn: () => readWebhooks(projectId), refetchInterval: 10_000 });
  const [secret, setSecret] = useState("");
  return (
    <>
      <PageHead
        title={t("webhooks.title")}
        lead={t("webhooks.lead")}
        actions={<NewWebhook projectId={projectId} onMade={setSecret} />}
      />
      {secret && <Secret secret={secret}>{t("webhooks.once")}</Secret>}
      <Awaited query={webhooks}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("webhooks.none")}</Nothing>
          ) : (
            rows.map((row) => <WebhookCard key={row.id} webhook={row} listKey={key} onSecret={setSecret} />)
          )
        }
      </Awaited>
    </>
  );
}

function NewWebhook({ projectId, onMade }: { projectId: string; onMade: (secret: string) => void }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<EventName[]>(["run.finished"]);
  const { act, busy, error, fieldError } = useAct([["webhooks", projectId]]);
  const send = async () => {
    const made = await act(() => addWebhook(projectId, { url, events, description: "" }));
    if (made) {
      onMade(made.secret);
      setOpened(false);
      setUrl("");
    }
  };
  return (
    <>
      <Button onClick={() => setOpened(true)}>{t("webhooks.add")}</Button>
      <FormDialog
        title={t("webhooks.add")}
        send={t("console.create")}
        opened={opened}
        busy={busy}
        error={error}
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <TextInput
          label={t("webhooks.url")}
          description={t("webhooks.urlHint")}
          placeholder="https://"
          required
          maxLength={1000}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={fieldError("url")}
        />
        <Checkbox.Group
          label={t("webhooks.events")}
          value={events}
          onChange={(chosen) => setEvents(EVENTS.filter((event) => chosen.includes(event)))}
          error={fieldError("events")}
        >
          <Stack gap="xs" mt="xs">
            {EVENTS.map((event) => (
              <Checkbox key={event} value={event} label={t(eventText(event))} description={event} />
            ))}
          </Stack>
        </Checkbox.Group>
      </FormDialog>
    </>
  );
}
