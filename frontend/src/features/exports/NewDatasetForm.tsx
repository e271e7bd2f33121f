import { Button, Checkbox, Group, Radio, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { asConditions, filterOf } from "@/features/explorer/api";
import styles from "@/features/manage/manage.module.css";
import { isChosen } from "@/features/train/snapshots";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import { FILES, PARTS, readSnapshots, startDataset, type NewDataset, type Part } from "./api";
import { EQUAL, Standing, type Weighing } from "./Standing";

interface Props {
  projectId: string;
  onStarted: (run: string) => void;
}

/** What to freeze and what to write of it. */
export function NewDatasetForm({ projectId, onStarted }: Props) {
  const { t } = useText();
  const [search] = useSearchParams();
  const conditions = asConditions(filterOf(search));
  const [snapshot, setSnapshot] = useState<string | null>(null);
  const [parts, setParts] = useState<readonly Part[]>(["rankings", "pairs", "demonstrations"]);
  const [files, setFiles] = useState<readonly string[]>(["parquet"]);
  const [ties, setTies] = useState<"drop" | "half">("drop");
  const [include, setInclude] = useState<readonly string[]>([]);
  const [weighing, setWeighing] = useState<Weighing>(EQUAL);
  const [withOrigin, setWithOrigin] = useState(true);
  const { act, busy, error, fieldError } = useAct([["datasets", projectId], ["runs", projectId]]);
  const start = async (written: readonly Part[]) => {
    const wish = {
      parts: [...written],
      files: FILES.filter((kind) => files.includes(kind)),
      ties,
      with_origin: withOrigin,
      ...(snapshot ? { snapshot } : { filter: conditions, include: [...include], ...weighing }),
    } as NewDataset;
    const started = await act(() => startDataset(projectId, wish));
    if (started) onStarted(started.run);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start(parts);
  };
  return (
    <form className={styles.form} noValidate onSubmit={submit}>
      <Source projectId={projectId} conditions={conditions} snapshot={snapshot} onChoose={setSnapshot} />
      <Checkbox.Group
        label={t("exports.parts")}
        value={[...parts]}
        onChange={(chosen) => setParts(PARTS.filter((part) => chosen.includes(part)))}
        error={fieldError("parts")}
      >
        <Stack gap="xs" mt="xs">
          {PARTS.map((part) => (
            <Checkbox
              key={part}
              value={part}
              label={t(`exports.part.${part}`)}
              description={t(`exports.partHint.${part}`)}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <div className={styles.grid}>
        <Checkbox.Group label={t("exports.files")} value={[...files]} onChange={setFiles} error={fieldError("files")}>
          <Group mt="xs">
            <Checkbox value="parquet" label="Parquet" />
            <Checkbox value="jsonl" label="JSONL" />
          </Group>
        </Checkbox.Group>
        <Radio.Group
          label={t("exports.ties")}
          value={ties}
          onChange={(value) => setTies(value === "half" ? "half" : "drop")}
        >
          <Group mt="xs">
            <Radio value="drop" label={t("exports.tiesDrop")} />
            <Radio value="half" label={t("exports.tiesHalf")} />
          </Group>
        </Radio.Group>
      </div>
      {!snapshot && <Standing projectId={projectId} value={weighing} onChange={setWeighing} />}
      {!snapshot && (
        <Checkbox.Group label={t("exports.include")} value={[...include]} onChange={setInclude}>
          <Group mt="xs">
            <Checkbox value="gold" label={t("exports.gold")} />
            <Checkbox value="repeats" label={t("exports.repeats")} />
          </Group>
        </Checkbox.Group>
      )}
      <Checkbox
        checked={withOrigin}
        onChange={(event) => setWithOrigin(event.currentTarget.checked)}
        label={t("exports.origin")}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy} disabled={parts.length === 0 || files.length === 0}>
          {t("exports.start")}
        </Button>
        {!snapshot && (
          <Button variant="default" loading={busy} onClick={() => void start([])}>
            {t("exports.freeze")}
          </Button>
        )}
      </Group>
    </form>
  );
}

interface SourceProps {
  projectId: string;
  conditions: Record<string, unknown>;
  snapshot: string | null;
  onChoose: (snapshot: string | null) => void;
}

/** Where the judgments come from: what the filter finds now, or an earlier snapshot. */
function Source({ projectId, conditions, snapshot, onChoose }: SourceProps) {
  const { t, language } = useText();
  const [search] = useSearchParams();
  const snapshots = useQuery({ queryKey: ["snapshots", projectId, "names"], queryFn: () => readSnapshots(projectId) });
  const rows = (snapshots.data?.results ?? []).filter((row) => !isChosen(row));
  const names = Object.keys(conditions);
  return (
    <>
      <Select
        className={styles.field ?? ""}
        label={t("exports.source")}
        placeholder={t("exports.now")}
        data={rows.map((row) => ({
          value: row.id,
          label: t("exports.snapshot", { number: row.number, time: formatTime(row.cut_off, language) }),
        }))}
        value={snapshot}
        onChange={onChoose}
        clearable
        clearButtonProps={{ "aria-label": t("explorer.clear") }}
      />
      {!snapshot && (
        <p className={styles.small}>
          {names.length === 0
            ? t("exports.everything")
            : t("exports.filtered", { names: names.map((name) => t(`explorer.filter.${name}` as TextKey)).join(", ") })}{" "}
          <Link to={`${paths.manage(projectId, "explore")}?${search}`}>{t("exports.change")}</Link>
        </p>
      )}
    </>
  );
}
