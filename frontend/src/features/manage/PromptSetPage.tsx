import { Button, Group, NumberInput, Select, Table, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useParams } from "react-router";
import { Awaited, Failure, More, Nothing, PageHead, Section, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { usePromptSets } from "@/features/train/api";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { addPrompt, makeItems, readPrompts } from "./api";
import styles from "./manage.module.css";

/** The prompts of one set, and the work that is made of them. */
export function PromptSetPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const { setId = "" } = useParams();
  const sets = usePromptSets(projectId);
  const set = sets.data?.find((each) => each.id === setId);
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search.trim(), 300);
  const prompts = usePages(["prompts", setId, wanted], () => readPrompts(setId, wanted));
  return (
    <>
      <PageHead
        title={set ? `${set.name} v${set.version}` : ""}
        lead={set && `${t(`manage.purpose.${set.purpose}`)} · ${set.prompt_count.toLocaleString(language)}`}
      />
      <TextInput
        aria-label={t("manage.set.search")}
        placeholder={t("manage.set.search")}
        value={search}
        maw={360}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Awaited query={prompts}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("manage.set.none")}</Nothing>
          ) : (
            <TableFrame label={t("manage.sets.prompts")}>
              <Table verticalSpacing="sm" horizontalSpacing="md">
                <Table.Tbody>
                  {rows.map((prompt) => (
                    <Table.Tr key={prompt.id}>
                      <Table.Td>
                        <span className={styles.preview} lang={prompt.language || set?.language} dir="auto">
                          <VisibleText text={prompt.messages.at(-1)?.content ?? ""} most={300} />
                        </span>
                      </Table.Td>
                      <Table.Td className="muted">
                        {prompt.messages.length > 1 && t("manage.set.turns", { count: prompt.messages.length })}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={prompts} />
      <Section title={t("manage.set.makeItems")}>
        <MakeItems projectId={projectId} setId={setId} />
      </Section>
      <Section title={t("manage.set.add")}>
        <AddPrompt projectId={projectId} setId={setId} />
      </Section>
    </>
  );
}

interface FormProps {
  projectId: string;
  setId: string;
}

function MakeItems({ projectId, setId }: FormProps) {
  const { t } = useText();
  const [kind, setKind] = useState<"ranking" | "demonstration">("ranking");
  const [k, setK] = useState<number | undefined>();
  const [needed, setNeeded] = useState<number | undefined>();
  const [made, setMade] = useState<{ created: number; existing: number; too_few: number }>();
  const { act, busy, error, fieldError } = useAct([["items", projectId], ["overview", projectId]]);
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void act(() => makeItems(projectId, { prompt_set: setId, kind, k, needed })).then(setMade);
      }}
    >
      <div className={styles.grid}>
        <Select
          label={t("manage.items.kind")}
          data={[
            { value: "ranking", label: t("manage.items.ranking") },
            { value: "demonstration", label: t("manage.items.demonstration") },
          ]}
          value={kind}
          allowDeselect={false}
          onChange={(value) => setKind(value === "demonstration" ? "demonstration" : "ranking")}
        />
        {kind === "ranking" && (
          <NumberInput
            label={t("train.form.k")}
            description="2–9"
            placeholder={t("train.form.asProject")}
            hideControls
            error={fieldError("k")}
            value={k ?? ""}
            onChange={(value) => setK(typeof value === "number" ? value : undefined)}
          />
        )}
        <NumberInput
          label={t("train.form.needed")}
          description="1–50"
          placeholder={t("train.form.asProject")}
          hideControls
          error={fieldError("needed")}
          value={needed ?? ""}
          onChange={(value) => setNeeded(typeof value === "number" ? value : undefined)}
        />
      </div>
      <Failure error={error} />
      {made && (
        <Notice tone="calm">
          {t("manage.set.made", { created: made.created, existing: made.existing, tooFew: made.too_few })}
        </Notice>
      )}
      <Group>
        <Button type="submit" loading={busy}>
          {t("manage.set.makeItems")}
        </Button>
      </Group>
    </form>
  );
}

function AddPrompt({ projectId, setId }: FormProps) {
  const { t } = useText();
  const [text, setText] = useState("");
  const { act, busy, error, fieldError } = useAct([["prompts", setId], ["prompt-sets", projectId]]);
  const add = async () => {
    if (await act(() => addPrompt(setId, text))) setText("");
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Textarea
        label={t("manage.items.prompt")}
        autosize
        minRows={3}
        maxRows={16}
        value={text}
        error={fieldError("text")}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" variant="default" loading={busy}>
          {t("manage.set.add")}
        </Button>
      </Group>
    </form>
  );
}
