import { Button } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Facts, Nothing, PageHead, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import forms from "@/features/manage/manage.module.css";
import { ModelText } from "@/features/text/ModelText";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { actOnPrompts, usePrompt, type PromptAct, type PromptDetail } from "./api";
import { EditPrompt } from "./EditPrompt";
import { History } from "./History";
import { Near } from "./Near";
import styles from "./prompts.module.css";
import { UndoNotice } from "./UndoNotice";

/** One prompt: its words, what was answered and made of it, what happened to it. */
export function PromptPage({ projectId }: { projectId: string }) {
  const { promptId = "" } = useParams();
  const prompt = usePrompt(promptId);
  return (
    <Awaited query={prompt}>
      {(found) => <OnePrompt key={found.id} projectId={projectId} prompt={found} />}
    </Awaited>
  );
}

interface Props {
  projectId: string;
  prompt: PromptDetail;
}

function OnePrompt({ projectId, prompt }: Props) {
  const { t } = useText();
  const [editing, setEditing] = useState(false);
  const set = prompt.prompt_set;
  const lang = prompt.language || set.language;
  const successor = prompt.wordings.find((each) => each.retired_at === null && each.id !== prompt.id);
  return (
    <>
      <PageHead
        title={t("prompts.prompt.title")}
        lead={
          <>
            <Link to={paths.manage(projectId, `prompt-sets/${set.id}`)}>
              {set.name} v{set.version}
            </Link>{" "}
            · {t(`manage.purpose.${set.purpose}`)} {prompt.retired_at && <Tag>{t("prompts.retired")}</Tag>}
          </>
        }
        actions={
          <Acts projectId={projectId} prompt={prompt} onEdit={() => setEditing(true)} canRestore={!successor} />
        }
      />
      {prompt.retired_at && successor && (
        <p>
          <Link to={paths.manage(projectId, `prompts/${successor.id}`)}>{t("prompts.prompt.successor")}</Link>
        </p>
      )}
      {editing ? (
        <EditPrompt projectId={projectId} prompt={prompt} lang={lang} onClose={() => setEditing(false)} />
      ) : (
        <PromptPane messages={prompt.messages} lang={lang} raw={false} />
      )}
      <TagList prompt={prompt} projectId={projectId} />
      <About prompt={prompt} />
      <Near prompt={prompt} projectId={projectId} lang={lang} />
      <Answers prompt={prompt} lang={lang} />
      <Work prompt={prompt} projectId={projectId} />
      <History prompt={prompt} projectId={projectId} lang={lang} />
    </>
  );
}

interface ActsProps extends Props {
  onEdit: () => void;
  canRestore: boolean;
}

function Acts({ projectId, prompt, onEdit, canRestore }: ActsProps) {
  const { t } = useText();
  const [done, setDone] = useState<PromptAct | null>(null);
  const { act, busy } = useAct([["prompt"], ["prompts"], ["prompt-set"], ["prompt-sets", projectId]]);
  const kind = prompt.retired_at ? "restore" : "retire";
  const send = async () => {
    setDone((await act(() => actOnPrompts(projectId, newUuid(), { kind, ids: [prompt.id] }))) ?? null);
  };
  return (
    <>
      <Button component={Link} size="xs" variant="default" to={paths.manage(projectId, `prompts/${prompt.id}/as-labeler`)}>
        {t("prompts.asLabeler.open")}
      </Button>
      {!prompt.retired_at && (
        <Button size="xs" variant="default" onClick={onEdit}>
          {t("prompts.prompt.edit")}
        </Button>
      )}
      {(!prompt.retired_at || canRestore) && (
        <Button size="xs" variant="default" loading={busy} onClick={() => void send()}>
          {t(`prompts.bulk.${kind}`)}
        </Button>
      )}
      <UndoNotice projectId={projectId} act={done} onUndone={() => setDone(null)} />
    </>
  );
}

function TagList({ prompt, projectId }: Props) {
  if (prompt.tags.length === 0) return null;
  return (
    <div className={styles.marks}>
      {prompt.tags.map((tag) => (
        <Link
          key={tag}
          className={styles.tag}
          to={paths.manage(projectId, `prompt-sets/${prompt.prompt_set.id}?tag=${encodeURIComponent(tag)}`)}
        >
          {tag}
        </Link>
      ))}
    </div>
  );
}

function About({ prompt }: { prompt: PromptDetail }) {
  const { t } = useText();
  const reference = prompt.reference;
  return (
    <Facts
      rows={[
        [t("prompts.filter.language"), prompt.language ?? ""],
        [t("prompts.filter.split"), t(`prompts.split.${prompt.split ?? "train"}`)],
        [t("prompts.filter.source"), prompt.source ?? ""],
        [t("prompts.prompt.sourceId"), prompt.source_id ?? ""],
        [t("prompts.prompt.reference"), typeof reference === "string" ? reference : reference ? JSON.stringify(reference) : ""],
        [t("prompts.prompt.template"), templateOf(prompt.meta)],
      ]}
    />
  );
}

/** The template that the prompt was made of, and the values that were put in. */
function templateOf(meta: unknown): string {
  const made = (meta as { template?: { name?: unknown; version?: unknown; values?: unknown } } | null)?.template;
  if (!made || typeof made.values !== "object" || made.values === null) return "";
  const values = Object.entries(made.values).map(([name, value]) => `${name} = ${String(value)}`);
  return `${String(made.name)} v${String(made.version)}: ${values.join(", ")}`;
}

function Answers({ prompt, lang }: { prompt: PromptDetail; lang: string }) {
  const { t } = useText();
  return (
    <Section title={`${t("prompts.sets.completions")} (${prompt.completion_count})`}>
      {prompt.completions.length === 0 && <Nothing>{t("prompts.prompt.noCompletions")}</Nothing>}
      <div className={forms.answers}>
        {prompt.completions.map((one) => (
          <article key={one.id} className={forms.pane}>
            <header className={forms.answerHead}>
              <span className={forms.origin}>{one.who}</span>
              {one.withdrawn_at && <Tag tone="bad">{t("prompts.prompt.withdrawn")}</Tag>}
            </header>
            <div lang={lang}>
              <ModelText text={one.text} />
            </div>
          </article>
        ))}
      </div>
    </Section>
  );
}

function Work({ prompt, projectId }: Props) {
  const { t } = useText();
  if (prompt.items.length === 0) return null;
  return (
    <Section title={`${t("prompts.sets.items")} (${prompt.item_count})`}>
      <ul className={forms.links}>
        {prompt.items.map((item) => (
          <li key={item.id}>
            <Link to={paths.manage(projectId, `items/${item.id}`)}>
              {t("prompts.prompt.item", { counted: item.counted, needed: item.needed })}
            </Link>{" "}
            <span className="muted">{stateWords(item.state, t)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const STATES = ["open", "done", "triage", "void"] as const;

function stateWords(state: string, t: ReturnType<typeof useText>["t"]): string {
  return t(`manage.items.is.${STATES.find((each) => each === state) ?? "open"}`);
}
