import { Button, Group, MultiSelect, Textarea } from "@mantine/core";
import { useState, type KeyboardEvent } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useBegun } from "@/features/console/useBegun";
import { useVersions, type Version } from "@/features/train/api";
import { numbersOf, TRIAL_RANGES } from "@/features/train/decoding";
import { useFirstWrong } from "@/features/train/firstWrong";
import { faultOf } from "@/features/train/settings";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
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

/** What was typed last in a project, and over which trial. */
interface Kept {
  over: string | null;
  draft: Draft;
}

const FIRST: Decoding = { strategy: "sample", n: 4, max_new_tokens: 64, temperature: 1, top_p: 1, top_k: 0, seed: 0 };
type Messages = Trial["messages"];

/** Whom to ask, what, and how they decode. */
export function AskForm({ projectId, from, policy, onAsked }: Props) {
  const { t } = useText();
  const versions = useVersions(projectId);
  const begun = useBegun<Kept>(`playground.${projectId}`);
  const [draft, setDraft] = useState<Draft>(() => begunOr(begun.read(), from, policy));
  const [key, setKey] = useState(newUuid);
  const { act, busy, error, fieldError } = useAct([["trials", projectId]]);
  const change = (news: Partial<Draft>) => {
    const next = { ...draft, ...news };
    setDraft(next);
    begun.keep({ over: from?.id ?? null, draft: next });
    setKey(newUuid());
  };
  const promoted = versions.data?.find((each) => each.kind === "policy" && each.status === "promoted");
  const policies = draft.policies ?? (promoted ? [promoted.id] : []);
  const canAsk = draft.prompt.trim() !== "" && policies.length > 0 && !busy && !(from && isOpen(from));
  const numbers = numbersOf(draft.decoding.strategy);
  const { form, goToFirstWrong } = useFirstWrong();
  const go = async () => {
    if (!canAsk) return;
    if (numbers.some((field) => faultOf(TRIAL_RANGES[field], draft.decoding[field]))) return goToFirstWrong();
    const made = await act(() =>
      ask(projectId, {
        client_uuid: key,
        messages: messagesOf(draft, from?.messages),
        policies,
        rewards: draft.rewards,
        decoding: asRead(draft.decoding),
      }),
    );
    if (!made) return goToFirstWrong(); // the same wish may be sent twice
    setKey(newUuid());
    begun.keep({ over: null, draft }); // the trial that it was typed over is shown with its own wish again
    onAsked(made.id);
  };
  if (versions.data && choices(versions.data, "policy").length === 0) return <NobodyToAsk projectId={projectId} />;
  const earlier = from?.messages.slice(0, -1).filter((message) => message.role !== "system").length ?? 0;
  return (
    <form
      ref={form}
      noValidate
      onKeyDown={askWithKeys}
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
          disabled={!canAsk && !busy}
          aria-keyshortcuts="Control+Enter"
        >
          {t("playground.ask")}
        </Button>
        <span className="muted">{t("playground.askKeys")}</span>
      </Group>
    </form>
  );
}

function NobodyToAsk({ projectId }: { projectId: string }) {
  const { t } = useText();
  return (
    <Notice
      tone="calm"
      actions={
        <>
          <Link to={paths.train(projectId, "versions")}>{t("playground.importOne")}</Link>
          <Link to={paths.train(projectId, "runs/new")}>{t("playground.trainOne")}</Link>
        </>
      }
    >
      {t("playground.noPolicy")}
    </Notice>
  );
}

/** Ctrl+Enter asks from whichever field; an input method is left alone. */
function askWithKeys(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

/** Without the numbers that the strategy does not read: nobody sees them, so none may be refused. */
function asRead(decoding: Decoding): Decoding {
  const { strategy, n, max_new_tokens, num_beams } = decoding;
  const read = numbersOf(strategy).map((field) => [field, decoding[field]] as const);
  return { strategy, n, max_new_tokens, num_beams, ...Object.fromEntries(read) };
}

/** What was typed here before, else what the form begins with. */
function begunOr(kept: Partial<Kept> | undefined, from: Trial | null, policy: string | null): Draft {
  if (!kept?.draft || (from && kept.over !== from.id)) return draftOf(from, policy);
  return policy ? { ...kept.draft, policies: [policy] } : kept.draft;
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
