import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Nothing, PageHead, Section } from "@/features/console/parts";
import forms from "@/features/manage/manage.module.css";
import { VisibleText } from "@/features/text/VisibleText";
import { usePromptSets } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { readChanges, type Prompt } from "./api";
import { Difference } from "./Difference";
import styles from "./prompts.module.css";

/** What one version of a prompt set has that another has not. */
export function ChangesPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const { setId = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const against = params.get("against") ?? undefined;
  const sets = usePromptSets(projectId).data ?? [];
  const name = sets.find((set) => set.id === setId)?.name;
  const versions = sets.filter((set) => set.name === name && set.id !== setId);
  const changes = useQuery({
    queryKey: ["prompt-set-changes", setId, against],
    queryFn: () => readChanges(setId, against),
  });
  return (
    <Awaited query={changes}>
      {({ older, newer, counts, added, removed, edited }) => {
        const names = [`v${older.version}`, `v${newer.version}`] as const;
        return (
          <>
            <PageHead
              title={t("prompts.changes.title", { name: newer.name, older: older.version, newer: newer.version })}
              lead={t("prompts.changes.lead", {
                added: counts.added ?? 0,
                removed: counts.removed ?? 0,
                edited: counts.edited ?? 0,
              })}
            />
            <Select
              label={t("prompts.changes.against")}
              className={forms.field}
              data={versions.map((set) => ({ value: set.id, label: `${set.name} v${set.version}` }))}
              value={older.id}
              allowDeselect={false}
              onChange={(value) => setParams(value ? { against: value } : {}, { replace: true })}
            />
            {edited.length > 0 && (
              <Section title={t("prompts.changes.edited")}>
                {edited.map(({ before, after }) => (
                  <article key={after.id} className={styles.pane}>
                    <Link to={paths.manage(projectId, `prompts/${after.id}`)}>{t("prompts.open")}</Link>
                    <Difference before={before.messages} after={after.messages} names={names} lang={newer.language} />
                  </article>
                ))}
              </Section>
            )}
            <Plain title={t("prompts.changes.added")} rows={added} projectId={projectId} />
            <Plain title={t("prompts.changes.removed")} rows={removed} projectId={projectId} />
            {edited.length + added.length + removed.length === 0 && <Nothing>{t("prompts.changes.none")}</Nothing>}
          </>
        );
      }}
    </Awaited>
  );
}

function Plain({ title, rows, projectId }: { title: string; rows: Prompt[]; projectId: string }) {
  if (rows.length === 0) return null;
  return (
    <Section title={title}>
      <ul className={forms.links}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link to={paths.manage(projectId, `prompts/${row.id}`)} className={forms.preview} dir="auto">
              <VisibleText text={row.messages.at(-1)?.content ?? ""} most={300} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
