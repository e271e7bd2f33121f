import { useState } from "react";
import { Button } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Section, Tag } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import type { PromptDetail } from "./api";
import { Difference } from "./Difference";
import { percent } from "./percent";
import styles from "./prompts.module.css";

interface Props {
  prompt: PromptDetail;
  projectId: string;
  lang: string;
}

/** Prompts of the project that are nearly the same as this one. */
export function Near({ prompt, projectId, lang }: Props) {
  const { t, language } = useText();
  const [open, setOpen] = useState<string | null>(null);
  if (prompt.near.length === 0) return null;
  return (
    <Section title={t("prompts.near.title")}>
      {prompt.near.map((each) => (
        <article key={each.id} className={styles.pane}>
          <header className={styles.marks}>
            <Tag tone="busy">{percent(each.similarity, language)}</Tag>
            <Link to={paths.manage(projectId, `prompts/${each.id}`)}>
              {each.prompt_set.name} v{each.prompt_set.version}
            </Link>
            <span className="muted">{t(`manage.purpose.${each.prompt_set.purpose}`)}</span>
            {each.retired_at && <Tag>{t("prompts.retired")}</Tag>}
            <Button
              size="compact-xs"
              variant="default"
              aria-expanded={open === each.id}
              onClick={() => setOpen((now) => (now === each.id ? null : each.id))}
            >
              {t("prompts.prompt.difference")}
            </Button>
          </header>
          {open === each.id && (
            <Difference
              before={prompt.messages}
              after={each.messages}
              names={[t("prompts.near.this"), each.prompt_set.name]}
              lang={lang}
            />
          )}
        </article>
      ))}
    </Section>
  );
}
