import { Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Awaited, Failure, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePlans, useVersions } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { changeChatSettings, useChatSettings, type ChatSettings } from "./api";
import styles from "./ChatSettingsPage.module.css";

const NUMBERS = [
  ["replies", "2–9"],
  ["most_turns", "1–50"],
  ["most_conversations", "1–100000"],
] as const;

/** Whether labelers of the project may chat, with which policy, and how much. */
export function ChatSettingsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const settings = useChatSettings(projectId);
  return (
    <>
      <PageHead title={t("chat.settings.title")} lead={t("chat.settings.lead")} />
      <Awaited query={settings}>
        {(found) => <SettingsForm projectId={projectId} stored={found} />}
      </Awaited>
    </>
  );
}

function SettingsForm({ projectId, stored }: { projectId: string; stored: ChatSettings }) {
  const { t } = useText();
  const [wish, setWish] = useState(stored);
  const versions = useVersions(projectId);
  const plans = usePlans(projectId);
  const { act, busy, done, error, fieldError } = useAct([["chat-settings", projectId], ["chats"]]);
  const change = (part: Partial<ChatSettings>) => setWish((before) => ({ ...before, ...part }));
  const policies = (versions.data ?? [])
    .filter((version) => version.kind === "policy" && version.status !== "retired")
    .sort((a, b) => b.number - a.number)
    .map((version) => ({
      value: version.id,
      label: `${version.number} ${version.name} · ${t(`train.versions.state.${version.status}`)}`,
    }));
  const usable = (plans.data ?? [])
    .filter((plan) => plan.strategy !== "greedy")
    .map((plan) => ({ value: plan.id, label: plan.name }));
  const save = (event: FormEvent) => {
    event.preventDefault();
    void act(() => changeChatSettings(projectId, wish));
  };
  return (
    <form onSubmit={save} className={styles.form}>
      <Stack gap="lg">
        <Switch
          label={t("chat.settings.enabled")}
          checked={wish.enabled}
          onChange={(event) => change({ enabled: event.currentTarget.checked })}
        />
        <Select
          label={t("chat.settings.policy_version")}
          description={t("chat.settings.policyHint")}
          data={policies}
          value={wish.policy_version}
          onChange={(value) => change({ policy_version: value })}
          error={fieldError("policy_version")}
          nothingFoundMessage={t("train.form.nothingFound")}
          searchable
          clearable
        />
        <Select
          label={t("chat.settings.plan")}
          description={t("chat.settings.planHint")}
          data={usable}
          value={wish.plan}
          onChange={(value) => change({ plan: value })}
          error={fieldError("plan")}
          nothingFoundMessage={t("train.form.nothingFound")}
          clearable
        />
        {NUMBERS.map(([field, range]) => (
          <NumberField
            key={field}
            label={t(`chat.settings.${field}`)}
            description={range}
            whole
            value={wish[field]}
            standard={stored[field]}
            onChange={(value) => change({ [field]: value ?? stored[field] })}
            error={fieldError(field)}
          />
        ))}
        <Failure error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t("console.save")}
          </Button>
          <Text role="status">{done ? t("console.saved") : ""}</Text>
        </Group>
      </Stack>
    </form>
  );
}
