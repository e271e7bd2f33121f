import { useParams } from "react-router";
import { Awaited, More, Nothing, PageHead, Section } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useText } from "@/lib/i18n";
import { AddPrompt } from "./AddPrompt";
import { readPrompts, useFacets, usePromptSet, useSetCounts, type PromptSet } from "./api";
import { BulkBar } from "./BulkBar";
import { Filters } from "./Filters";
import { MakeItems } from "./MakeItems";
import { PromptTable } from "./PromptTable";
import styles from "./prompts.module.css";
import { SetActions } from "./SetActions";
import { useChosen } from "./useChosen";
import { useFilter } from "./useFilter";

/** The prompts of one set, what is done to them, and the work that is made of them. */
export function PromptSetPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const { setId = "" } = useParams();
  const set = usePromptSet(setId);
  return (
    <Awaited query={set}>
      {(found) => (
        <>
          <PageHead
            title={`${found.name} v${found.version}`}
            lead={<Lead set={found} projectId={projectId} />}
            actions={<SetActions projectId={projectId} set={found} />}
          />
          {found.description && <p className={styles.description}>{found.description}</p>}
          <Prompts key={setId} projectId={projectId} set={found} />
          <Section title={t("prompts.set.makeItems")}>
            <MakeItems projectId={projectId} setId={setId} />
          </Section>
          {found.retired_at === null && (
            <Section title={t("prompts.set.add")}>
              <AddPrompt projectId={projectId} setId={setId} />
            </Section>
          )}
        </>
      )}
    </Awaited>
  );
}

function Lead({ set, projectId }: { set: PromptSet; projectId: string }) {
  const { t, language } = useText();
  const counts = useSetCounts(projectId).data?.get(set.id);
  const pending = useFacets(set.id).data?.pending ?? 0;
  const number = (value: number | undefined) => (value ?? 0).toLocaleString(language);
  return (
    <>
      {t(`manage.purpose.${set.purpose}`)} ·{" "}
      {t("prompts.set.numbers", {
        prompts: number(set.prompt_count),
        completions: number(counts?.completions),
        items: number(counts?.items),
        judged: number(counts?.judged),
      })}
      {set.retired_at !== null && ` · ${t("prompts.retired")}`}
      {pending > 0 && ` · ${t("prompts.set.pending", { count: pending })}`}
    </>
  );
}

function Prompts({ projectId, set }: { projectId: string; set: PromptSet }) {
  const { t } = useText();
  const { query, isEmpty } = useFilter();
  const chosen = useChosen(JSON.stringify(query));
  const prompts = usePages(["prompts", set.id, query], () => readPrompts(set.id, query));
  return (
    <>
      <Filters setId={set.id} />
      <BulkBar projectId={projectId} setId={set.id} query={query} chosen={chosen} />
      <Awaited query={prompts}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t(isEmpty ? "prompts.set.empty" : "prompts.set.none")}</Nothing>
          ) : (
            <PromptTable projectId={projectId} rows={rows} lang={set.language} chosen={chosen} />
          )
        }
      </Awaited>
      <More query={prompts} />
    </>
  );
}
