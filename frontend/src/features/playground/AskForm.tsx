import { Button, Group, MultiSelect, Textarea } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useVersions, type Version } from "@/features/train/api";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { ask, isOpen, type Decoding, type Trial } from "./api";
import { DecodingFields } from "./DecodingFields";
import styles from "./playground.module.css";

interface Props {
  projectId: string;
  /** The trial whose wish the form begins with. */
  from: Trial | null;
  policy: string | null;
  onAsked: (id: string) => void;
}

interface Draft {
  system: string;
  prompt: string;
  policies: string[] | null;
  rewards: string[];
  decoding: Decoding;
}

const FIRST: Decoding = { strategy: "sample", n: 4, max_new_tokens: 64, temperature: 1, top_p: 1, top_k: 0, seed: 0 };
type Messages = Trial["messages"];

/** Whom to ask, what, and how they decode. */
export function AskForm({ projectId, from, policy, onAsked }: Props) {
  const { t } = useText();
  const versions = useVersions(projectId);
  const [draft, setDraft] = useState<Draft>(() => draftOf(from, policy));
  const [key, setKey] = useState(newUuid);
  const { act, busy, error, fieldError } = useAct([["trials", projectId]]);
  const change = (news: Partial<Draft>) => {
    setDraft({ ...draft, ...news });
    setKey(newUuid());
  };
  const promoted = versions.data?.find((each) => each.kind === "policy" && each.status === "promoted");
  const policies = draft.policies ?? (promoted ? [promoted.id] : []);
  const go = async () => {
    const made = await act(() =>
      ask(projectId, {
        client_uuid: key,
        messages: messagesOf(draft, from?.messages),
        policies,
        rewards: draft.rewards,
        decoding: draft.decoding,
      }),
    );
    setKey(newUuid());
    if (made) onAsked(made.id);
  };
  const earlier = from?.messages.slice(0, -1).filter((message) => message.role !== "system").length ?? 0;
  return (
    <form
      className={styles.form}
      aria-label={t("playground.ask")}
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      <Textarea
        label={t("playground.prompt")}
        description={earlier > 0 ? t("playground.earlierTurns", { count: earlier }) : undefined}
        value={draft.prompt}
        autosize
        minRows={3}
        maxRows={14}
        error={fieldError("messages")}
        onChange={(event) => change({ prompt: event.currentTarget.value })}
      />
      <details className={styles.more} open={draft.system !== ""}>
        <summary>{t("playground.system")}</summary>
        <Textarea
          aria-label={t("playground.system")}
          value={draft.system}
          autosize
          minRows={2}
          onChange={(event) => change({ system: event.currentTarget.value })}
        />
      </details>
      <div className={styles.fields}>
        <MultiSelect
          label={t("playground.policies")}
          description={t("playground.policiesHint")}
          data={choices(versions.data, "policy")}
          value={policies}
          maxValues={4}
          error={fieldError("policies")}
          onChange={(chosen) => change({ policies: chosen })}
        />
        <MultiSelect
          label={t("playground.rewards")}
          description={t("playground.rewardsHint")}
          data={choices(versions.data, "reward")}
          value={draft.rewards}
          maxValues={4}
          error={fieldError("rewards")}
          onChange={(chosen) => change({ rewards: chosen })}
        />
      </div>
      <DecodingFields
        decoding={draft.decoding}
        errorOf={(field) => fieldError(`decoding.${field}`) ?? fieldError(field)}
        onChange={(decoding) => change({ decoding })}
      />
      <Failure error={error} />
      <Group>
        <Button
          type="submit"
          loading={busy}
          disabled={!draft.prompt.trim() || policies.length === 0 || (from !== null && isOpen(from))}
        >
          {t("playground.ask")}
        </Button>
      </Group>
    </form>
  );
}

function draftOf(from: Trial | null, policy: string | null): Draft {
  if (!from) return { system: "", prompt: "", policies: policy ? [policy] : null, rewards: [], decoding: FIRST };
  const first = from.messages[0];
  return {
    system: from.messages.length > 1 && first?.role === "system" ? first.content : "",
    prompt: from.messages.at(-1)?.content ?? "",
    policies: from.policies,
    rewards: from.rewards,
    decoding: from.decoding,
  };
}

/** System message, the turns that the trial had between, and what is asked now. */
function messagesOf(draft: Draft, before: Messages | undefined): Messages {
  const between = (before ?? []).slice(0, -1).filter((message) => message.role !== "system");
  return [
    ...(draft.system.trim() ? [{ role: "system" as const, content: draft.system }] : []),
    ...between,
    { role: "user" as const, content: draft.prompt },
  ];
}

function choices(versions: readonly Version[] | undefined, kind: Version["kind"]) {
  return (versions ?? [])
    .filter((version) => version.kind === kind && version.status !== "retired")
    .map((version) => ({ value: version.id, label: `${version.number} ${version.name}` }));
}
