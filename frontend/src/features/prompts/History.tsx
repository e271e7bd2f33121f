import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import forms from "@/features/manage/manage.module.css";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { undoAct, type HistoryEntry, type PromptDetail } from "./api";
import { Difference } from "./Difference";

interface Props {
  prompt: PromptDetail;
  projectId: string;
  lang: string;
}

/** Who did what to a prompt and when, the latest first; the latest act can be undone. */
export function History({ prompt, projectId, lang }: Props) {
  const { t } = useText();
  const latest = prompt.history.find((entry) => entry.act !== null && !entry.undone && entry.kind !== "undo");
  return (
    <Section title={t("prompts.history.title")}>
      <ul className={forms.links}>
        {prompt.history.map((entry, index) => (
          <li key={`${entry.at}.${index}`}>
            <Entry entry={entry} prompt={prompt} projectId={projectId} lang={lang} canUndo={entry === latest} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface EntryProps extends Props {
  entry: HistoryEntry;
  canUndo: boolean;
}

function Entry({ entry, prompt, projectId, lang, canUndo }: EntryProps) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  const { act, busy, error } = useAct([["prompt"], ["prompts"], ["prompt-set"], ["prompt-sets", projectId]]);
  const at = prompt.wordings.findIndex((each) => each.id === entry.prompt);
  const [before, after] = [prompt.wordings[at - 1], prompt.wordings[at]];
  const isEdit = entry.kind === "edit" && before && after;
  return (
    <>
      <strong>{t(`prompts.history.${entry.kind}`)}</strong> {tagWords(entry)}{" "}
      <span className="muted">
        {[entry.actor, formatTime(entry.at, language), entry.undone && t("prompts.history.undone")]
          .filter(Boolean)
          .join(" · ")}
      </span>{" "}
      {entry.prompt !== prompt.id && (
        <Link to={paths.manage(projectId, `prompts/${entry.prompt}`)}>{t("prompts.history.other")}</Link>
      )}{" "}
      {isEdit && (
        <Button size="compact-xs" variant="default" aria-expanded={open} onClick={() => setOpen((now) => !now)}>
          {t("prompts.prompt.difference")}
        </Button>
      )}{" "}
      {canUndo && entry.act && (
        <Button size="compact-xs" variant="default" loading={busy} onClick={() => void act(() => undoAct(entry.act ?? ""))}>
          {t("prompts.undo")}
        </Button>
      )}
      <Failure error={error} />
      {open && isEdit && (
        <Difference
          before={before.messages}
          after={after.messages}
          names={[t("prompts.prompt.before"), t("prompts.prompt.after")]}
          lang={lang}
        />
      )}
    </>
  );
}

/** Tags that came and went: "+ hard − easy". */
function tagWords({ before, after }: HistoryEntry): string {
  const [old, now] = [tagsIn(before), tagsIn(after)];
  const came = now.filter((tag) => !old.includes(tag)).map((tag) => `+ ${tag}`);
  const went = old.filter((tag) => !now.includes(tag)).map((tag) => `− ${tag}`);
  return [...came, ...went].join("  ");
}

function tagsIn(value: unknown): string[] {
  const tags = (value as { tags?: unknown } | null)?.tags;
  return Array.isArray(tags) ? tags.map(String) : [];
}
