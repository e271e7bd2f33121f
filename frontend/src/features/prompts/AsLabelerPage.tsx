import { Button, Group, Select, Textarea } from "@mantine/core";
import { Suspense, lazy, useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, PageHead } from "@/features/console/parts";
import { useProject, type Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { usePrompt, type PromptDetail } from "./api";
import { placeholders } from "./asLabeler";
import styles from "./prompts.module.css";

const LabelerView = lazy(() => import("./LabelerView"));

/** What a labeler would see of a prompt, with the project's present settings. Nothing is stored. */
export function AsLabelerPage({ projectId }: { projectId: string }) {
  const { promptId = "" } = useParams();
  const prompt = usePrompt(promptId);
  const project = useProject(projectId);
  return (
    <Awaited query={prompt}>
      {(found) => (
        <Awaited query={project}>{(settings) => <View key={found.id} prompt={found} project={settings} />}</Awaited>
      )}
    </Awaited>
  );
}

function View({ prompt, project }: { prompt: PromptDetail; project: Project }) {
  const { t } = useText();
  const [params, setParams] = useSearchParams();
  const most = project.mode === "duel" ? 2 : Math.min(9, project.completions_per_item ?? 4);
  const answers = [...new Set(prompt.completions.filter((one) => !one.withdrawn_at).map((one) => one.shown))];
  const kind = params.get("kind") === "demonstration" ? "demonstration" : "ranking";
  const isReal = answers.length >= 2;
  const [typed, setTyped] = useState("");
  const written = typed.split(/\n-{3,}\n/).filter((text) => text.trim() !== "");
  const sample = written.length >= 2 ? written : placeholders(prompt.prompt_set.language);
  const texts = (isReal ? answers : sample).slice(0, most);
  return (
    <>
      <PageHead
        title={t("prompts.asLabeler.title")}
        lead={t("prompts.asLabeler.lead")}
        actions={
          <>
            <Select
              aria-label={t("manage.items.kind")}
              size="xs"
              data={[
                { value: "ranking", label: t("manage.items.ranking") },
                { value: "demonstration", label: t("manage.items.demonstration") },
              ]}
              value={kind}
              allowDeselect={false}
              onChange={(value) => setParams(value === "demonstration" ? { kind: value } : {}, { replace: true })}
            />
            <Button
              component={Link}
              size="xs"
              variant="default"
              to={paths.manage(project.id, `prompts/${prompt.id}`)}
            >
              {t("prompts.asLabeler.back")}
            </Button>
          </>
        }
      />
      {kind === "ranking" && !isReal && (
        <Group align="flex-end">
          <Textarea
            label={t("prompts.asLabeler.texts")}
            description={t("prompts.asLabeler.textsHint")}
            autosize
            minRows={2}
            maxRows={10}
            w="min(46rem, 100%)"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </Group>
      )}
      <div className={styles.stage} role="region" aria-label={t("prompts.asLabeler.title")}>
        <Suspense fallback={<p role="status">{t("common.loading")}</p>}>
          <LabelerView key={JSON.stringify([texts, kind])} prompt={prompt} project={project} texts={texts} kind={kind} />
        </Suspense>
      </div>
    </>
  );
}
