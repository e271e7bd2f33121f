import { Button, FileInput, Group, Select, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import { Awaited, Facts, Failure, Nothing, PageHead, Section, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { isActive, readRuns, useRun, type Run } from "@/features/train/api";
import { flatten, inWords } from "@/features/train/figures";
import { IssuesTable } from "@/features/train/IssuesTable";
import { RunProgress } from "@/features/train/RunsPage";
import { StatusTag } from "@/features/train/StatusTag";
import { formatTime } from "@/lib/format";
import { PurposeSelect } from "@/features/prompts/PurposeSelect";
import { useText } from "@/lib/i18n";
import { ROW_KINDS, startImport, type Purpose, type RowKind } from "./api";
import styles from "./manage.module.css";

/** Rows in, as JSONL. */
export function ImportPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <PageHead title={t("manage.data.title")} lead={t("manage.data.lead")} />
      <Section title={t("manage.data.import")}>
        <ImportForm projectId={projectId} onStarted={(run) => setShown(run.id)} />
      </Section>
      {shown && <ImportProgress key={shown} runId={shown} />}
      <Section title={t("manage.data.earlier")}>
        <EarlierImports projectId={projectId} onShow={setShown} />
      </Section>
    </>
  );
}

interface ImportProps {
  projectId: string;
  onStarted: (run: Run) => void;
}

function ImportForm({ projectId, onStarted }: ImportProps) {
  const { t } = useText();
  const [file, setFile] = useState<File | null>(null);
  const [kind, setKind] = useState<RowKind>("prompts");
  const [purpose, setPurpose] = useState<Purpose>("reward");
  const [name, setName] = useState("");
  const { act, busy, error, fieldError } = useAct([["runs", projectId], ["prompt-sets", projectId]]);
  const send = async () => {
    if (!file) return;
    const run = await act(() =>
      startImport(projectId, { kind, file, purpose, promptSetName: name || setNameFrom(file) }),
    );
    if (run) onStarted(run);
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className={styles.grid}>
        <FileInput
          label={t("manage.data.file")}
          description={t("manage.data.fileHint")}
          placeholder={t("manage.data.choose")}
          accept=".jsonl,.json,.gz,.ndjson"
          value={file}
          onChange={setFile}
          clearable
          clearButtonProps={{ "aria-label": t("manage.data.clear") }}
        />
        <Select
          label={t("manage.data.rows")}
          description={t("manage.data.rowsHint")}
          data={ROW_KINDS.map((value) => ({ value, label: t(`manage.data.kind.${value}`) }))}
          value={kind}
          allowDeselect={false}
          onChange={(value) => setKind(ROW_KINDS.find((each) => each === value) ?? "prompts")}
        />
        <TextInput
          label={t("manage.data.set")}
          placeholder={file ? setNameFrom(file) : ""}
          value={name}
          error={fieldError("prompt_set_name") ?? fieldError("prompt_set")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PurposeSelect value={purpose} onChange={setPurpose} />
      </div>
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy} disabled={!file}>
          {t("manage.data.start")}
        </Button>
      </Group>
    </form>
  );
}

function setNameFrom(file: File): string {
  return file.name.replace(/\.gz$/, "").replace(/\.(jsonl|ndjson|json)$/, "").slice(0, 120);
}

function ImportProgress({ runId }: { runId: string }) {
  const { t, language } = useText();
  const run = useRun(runId);
  return (
    <Awaited query={run}>
      {(found) => (
        <Section title={t("manage.data.thisImport", { number: found.number })}>
          <Group gap="sm">
            <StatusTag run={found} />
            <span className="muted">{found.error_message}</span>
          </Group>
          <RunProgress run={found} />
          <Facts rows={flatten(found.report).map((row) => [row.path, inWords(row.value, language)])} />
          <IssuesTable runId={runId} active={isActive(found)} />
        </Section>
      )}
    </Awaited>
  );
}

function EarlierImports({ projectId, onShow }: { projectId: string; onShow: (run: string) => void }) {
  const { t, language } = useText();
  const runs = usePages(["runs", projectId, "imports"], () => readRuns(projectId, { kind: "import" }), 5_000);
  return (
    <Awaited query={runs}>
      {(rows) =>
        rows.length === 0 ? (
          <Nothing>{t("manage.data.noImports")}</Nothing>
        ) : (
          <TableFrame label={t("manage.data.earlier")}>
            <Table verticalSpacing="xs" horizontalSpacing="md" miw={560}>
              <Table.Tbody>
                {rows.map((run) => (
                  <Table.Tr key={run.id}>
                    <Table.Td className={styles.number}>{run.number}</Table.Td>
                    <Table.Td>{String(run.config.filename ?? "")}</Table.Td>
                    <Table.Td>
                      <StatusTag run={run} />
                    </Table.Td>
                    <Table.Td className={styles.number}>{formatTime(run.created_at, language)}</Table.Td>
                    <Table.Td>
                      <Button size="xs" variant="default" onClick={() => onShow(run.id)}>
                        {t("manage.data.show")}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </TableFrame>
        )
      }
    </Awaited>
  );
}
