import { Button, Select } from "@mantine/core";
import { useSearchParams } from "react-router";
import { Awaited, More, Nothing, PageHead, Section } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useText } from "@/lib/i18n";
import { readTemplates, type Template } from "./api";
import { FillTemplate } from "./FillTemplate";
import { TemplateForm } from "./TemplateForm";
import styles from "./prompts.module.css";

/** Texts with variables that rows of values turn into prompts. The open one is in the address. */
export function TemplatesPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const templates = usePages(["prompt-templates", projectId], () => readTemplates(projectId));
  const [params, setParams] = useSearchParams();
  const open = (template: string | null) => setParams(template ? { template } : {}, { replace: true });
  return (
    <>
      <PageHead title={t("prompts.templates.title")} lead={t("prompts.templates.lead")} />
      <Awaited query={templates}>
        {(rows) => {
          const found = rows.find((row) => row.id === params.get("template"));
          return (
            <>
              {rows.length === 0 && <Nothing>{t("prompts.templates.none")}</Nothing>}
              {rows.length > 0 && (
                <div className={styles.marks} role="group" aria-label={t("prompts.templates.title")}>
                  {rows.map((row) => (
                    <Button
                      key={row.id}
                      size="xs"
                      variant={row === found ? "filled" : "default"}
                      aria-pressed={row === found}
                      onClick={() => open(row === found ? null : row.id)}
                    >
                      {row.name} v{row.versions[0]?.number}
                    </Button>
                  ))}
                </div>
              )}
              {found ? (
                <OneTemplate key={found.id} projectId={projectId} template={found} />
              ) : (
                <Section title={t("prompts.templates.new")}>
                  <TemplateForm projectId={projectId} onSaved={(made) => open(made.id)} />
                </Section>
              )}
            </>
          );
        }}
      </Awaited>
      <More query={templates} />
    </>
  );
}

function OneTemplate({ projectId, template }: { projectId: string; template: Template }) {
  const { t } = useText();
  const [params, setParams] = useSearchParams();
  const newest = template.versions[0];
  const version = template.versions.find((each) => String(each.number) === params.get("version")) ?? newest;
  if (!version) return null;
  const choose = (value: string | null) =>
    setParams({ template: template.id, ...(value && value !== newest?.id ? { version: value } : {}) }, { replace: true });
  return (
    <>
      <Section title={t("prompts.templates.wording", { name: template.name, version: version.number })}>
        {template.versions.length > 1 && (
          <Select
            label={t("prompts.templates.version")}
            maw={160}
            data={template.versions.map((each) => ({ value: String(each.number), label: `v${each.number}` }))}
            value={String(version.number)}
            allowDeselect={false}
            onChange={choose}
          />
        )}
        <TemplateForm key={version.id} projectId={projectId} name={template.name} version={version} onSaved={() => choose(null)} />
      </Section>
      <Section title={t("prompts.templates.fill")}>
        <FillTemplate key={version.id} projectId={projectId} template={template} version={version} />
      </Section>
    </>
  );
}
