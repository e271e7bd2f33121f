import { Checkbox, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { TableFrame, Tag } from "@/features/console/parts";
import forms from "@/features/manage/manage.module.css";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import type { Prompt } from "./api";
import styles from "./prompts.module.css";
import type { Chosen } from "./useChosen";

interface Props {
  projectId: string;
  rows: Prompt[];
  lang: string;
  chosen: Chosen;
}

const MOST_CHOSEN = 500;

export function PromptTable({ projectId, rows, lang, chosen }: Props) {
  const { t, language } = useText();
  const all = rows.every((row) => chosen.ids.has(row.id));
  const counts = ["completion_count", "item_count", "judgment_count"] as const;
  return (
    <TableFrame label={t("prompts.sets.prompts")}>
      <Table verticalSpacing="sm" horizontalSpacing="md" miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={36}>
              <Checkbox
                aria-label={t("prompts.bulk.all")}
                checked={all}
                indeterminate={!all && chosen.ids.size > 0}
                onChange={() => chosen.set(all ? [] : rows.slice(0, MOST_CHOSEN).map((row) => row.id))}
              />
            </Table.Th>
            <Table.Th>{t("prompts.sets.prompts")}</Table.Th>
            {counts.map((name) => (
              <Table.Th key={name}>{t(`prompts.set.${name}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((prompt) => {
            const text = prompt.messages.at(-1)?.content.trim() ?? "";
            return (
              <Table.Tr key={prompt.id} data-retired={prompt.retired_at !== null} className={styles.row}>
                <Table.Td>
                  <Checkbox
                    aria-label={t("prompts.bulk.one", { text: text.slice(0, 60) })}
                    checked={chosen.ids.has(prompt.id)}
                    onChange={() => chosen.toggle(prompt.id)}
                  />
                </Table.Td>
                <Table.Td>
                  <Link
                    to={paths.manage(projectId, `prompts/${prompt.id}`)}
                    className={forms.preview}
                    lang={prompt.language || lang}
                    dir="auto"
                  >
                    {text ? <VisibleText text={text} most={300} /> : t("manage.items.emptyPrompt")}
                  </Link>
                  <Marks prompt={prompt} />
                </Table.Td>
                {counts.map((name) => (
                  <Table.Td key={name} className={forms.number}>
                    {prompt[name].toLocaleString(language)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function Marks({ prompt }: { prompt: Prompt }) {
  const { t } = useText();
  const turns = prompt.messages.length;
  if (turns < 2 && prompt.tags.length === 0 && prompt.retired_at === null && !prompt.supersedes) return null;
  return (
    <div className={styles.marks}>
      {prompt.retired_at !== null && <Tag>{t("prompts.retired")}</Tag>}
      {prompt.supersedes && <span className={forms.small}>{t("prompts.edited")}</span>}
      {turns > 1 && <span className={forms.small}>{t("prompts.turns", { count: turns })}</span>}
      {prompt.tags.map((tag) => (
        <Link key={tag} to={`?tag=${encodeURIComponent(tag)}`} className={styles.tag}>
          {tag}
        </Link>
      ))}
    </div>
  );
}
