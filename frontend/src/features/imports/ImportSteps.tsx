import { Button, Group } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { isActive, useRun, type Run } from "@/features/train/api";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { VisibleText } from "@/features/text/VisibleText";
import { Notice } from "@/ui/Notice";
import { startImport, usePreview, useUpload, type Choice, type Destination, type Preview, type Upload } from "./api";
import { DestinationPanel } from "./DestinationPanel";
import { FormatPanel } from "./FormatPanel";
import styles from "./imports.module.css";
import { MappingTable } from "./MappingTable";
import { PreviewRows } from "./PreviewRows";
import { ImportNow, RunReport, tookNothing } from "./RunReport";

interface StepsProps {
  projectId: string;
  uploadId: string;
  /** Somebody asked for this file: its heading comes into view. */
  isWanted: boolean;
  runId: string | null;
  onRun: (run: string | null) => void;
}

/** What is in the file → where it goes → check → import. */
export function ImportSteps({ uploadId, ...rest }: StepsProps) {
  const upload = useUpload(uploadId);
  return (
    <Awaited query={upload}>
      {(found) => <Steps upload={found} {...rest} />}
    </Awaited>
  );
}

function Steps({ projectId, upload, isWanted, runId, onRun }: Omit<StepsProps, "uploadId"> & { upload: Upload }) {
  const { t } = useText();
  const [choice, setChoice] = useState<Choice>({});
  const [to, setTo] = useState<Destination>({ prompt_set_name: nameFrom(upload.filename), purpose: "reward" });
  const preview = usePreview(upload.id, choice);
  const { act, busy, error, fieldError } = useAct([["runs", projectId], ["prompt-sets", projectId], ["uploads", projectId]]);
  const wish = { ...choice, ...to };
  const asked = useRef({ wish: "", key: "" });
  const start = async (dryRun: boolean) => {
    const whole = JSON.stringify({ ...wish, dryRun });
    // The same wish again, after an answer that was lost, is the same run.
    if (asked.current.wish !== whole) asked.current = { wish: whole, key: newUuid() };
    const run = await act(() => startImport(upload.id, { ...wish, dry_run: dryRun }, asked.current.key));
    if (run) {
      asked.current = { wish: "", key: "" };
      onRun(run.id);
    }
  };
  // What was checked is not what is chosen now.
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    onRun(null);
  };
  if (upload.is_gone) return runId ? <Followed projectId={projectId} runId={runId} /> : <p>{t("imports.gone")}</p>;
  const isHopeless = preview.data !== undefined && preview.data.rows.length > 0 && preview.data.rows.every((row) => row.issue);
  return (
    <div className={styles.opened}>
      <Heading filename={upload.filename} isWanted={isWanted} />
      <Step number={1} title={t("imports.step.see")}>
        <Awaited query={preview}>
          {(seen) => <Seen seen={seen} choice={choice} onChange={change(setChoice)} />}
        </Awaited>
        {preview.data && <Failure error={preview.error} />}
      </Step>
      {preview.data && (
        <>
          <Step number={2} title={t("imports.step.to")}>
            <DestinationPanel projectId={projectId} value={to} onChange={change(setTo)} error={fieldError} />
          </Step>
          <Step number={3} title={t("imports.step.check")}>
            <p className="muted">{t("imports.check.lead")}</p>
            <Failure error={error} />
            {!runId && (
              <Group>
                <Button onClick={() => void start(true)} loading={busy}>
                  {t("imports.check.start")}
                </Button>
                <Button variant="default" onClick={() => void start(false)} disabled={busy || isHopeless}>
                  {t("imports.check.skip")}
                </Button>
              </Group>
            )}
            {runId && <Followed projectId={projectId} runId={runId} onImport={() => void start(false)} busy={busy} />}
          </Step>
        </>
      )}
    </div>
  );
}

function Heading({ filename, isWanted }: { filename: string; isWanted: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isWanted) return;
    heading.current?.scrollIntoView({ block: "start" });
    heading.current?.focus({ preventScroll: true });
  }, [isWanted]);
  return (
    <h2 ref={heading} tabIndex={-1}>
      <VisibleText text={filename} most={120} />
    </h2>
  );
}

interface SeenProps {
  seen: Preview;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

function Seen({ seen, choice, onChange }: SeenProps) {
  const { t } = useText();
  const of = seen.rows.length;
  const bad = seen.rows.filter((row) => row.issue).length;
  return (
    <>
      <FormatPanel seen={seen} choice={choice} onChange={onChange} />
      {seen.format === "columns" && (
        <MappingTable
          seen={seen}
          onChange={(columns) => {
            const { kind: _, ...rest } = choice;
            onChange({ ...rest, format: "columns", columns });
          }}
        />
      )}
      <Assumed seen={seen} />
      <h3>{t("imports.rows.title")}</h3>
      {of > 0 && (
        <p className={bad > 0 ? styles.issue : undefined}>{t("imports.rows.counts", { of, taken: of - bad, bad })}</p>
      )}
      {seen.broken && <p className={styles.issue}>{seen.broken.message}</p>}
      <PreviewRows rows={seen.rows} />
    </>
  );
}

/** What was taken for granted about the answers, and which of them would be left out. */
function Assumed({ seen }: { seen: Preview }) {
  const { t } = useText();
  const could = (kind: string) => seen.kinds.includes(kind);
  if (seen.kind === "prompts" && (could("completions") || could("rankings")))
    return <Notice tone="warn">{t("imports.assumed.prompts")}</Notice>;
  if (seen.kind === "demonstrations" && could("rankings"))
    return <Notice tone="calm">{t("imports.assumed.best")}</Notice>;
  if (seen.kind === "demonstrations" && could("completions"))
    return <Notice tone="calm">{t("imports.assumed.demonstrations")}</Notice>;
  if (seen.kind === "completions" && could("demonstrations"))
    return <Notice tone="calm">{t("imports.assumed.completions")}</Notice>;
  if (seen.kind === "completions" && could("rankings"))
    return <Notice tone="warn">{t("imports.assumed.unordered")}</Notice>;
  return null;
}

interface FollowedProps {
  projectId: string;
  runId: string;
  onImport?: () => void;
  busy?: boolean;
}

/** The check or import that was started. */
export function Followed({ projectId, runId, onImport, busy = false }: FollowedProps) {
  const { t } = useText();
  const run = useRun(runId);
  return (
    <Awaited query={run}>
      {(found) => (
        <section className={styles.stack} aria-label={heading(t, found)}>
          <h3>{heading(t, found)}</h3>
          <RunReport run={found} />
          {onImport && found.config.dry_run === true && found.status === "succeeded" && (
            <ImportNow run={found} onImport={onImport} busy={busy} />
          )}
          {onImport && !isActive(found) && found.status !== "succeeded" && found.config.dry_run !== true && (
            <Group>
              <Button onClick={onImport} loading={busy}>
                {t("imports.check.again")}
              </Button>
            </Group>
          )}
          {found.prompt_set && found.status === "succeeded" && !tookNothing(found) && found.config.dry_run !== true && (
            <Link to={paths.manage(projectId, `prompt-sets/${found.prompt_set}`)}>{t("imports.report.toSet")}</Link>
          )}
        </section>
      )}
    </Awaited>
  );
}

function heading(t: ReturnType<typeof useText>["t"], run: Run): string {
  return t(run.config.dry_run === true ? "imports.report.ofCheck" : "manage.data.thisImport", { number: run.number });
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section className={styles.step} aria-label={title}>
      <h2>
        <span className={styles.number} aria-hidden="true">
          {number}
        </span>
        {title}
      </h2>
      {children}
    </section>
  );
}

function nameFrom(filename: string): string {
  return filename.replace(/\.gz$/i, "").replace(/\.(jsonl|ndjson|json|csv|tsv|txt|parquet)$/i, "").slice(0, 120);
}
