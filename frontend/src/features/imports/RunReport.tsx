import { Button, Group, Progress } from "@mantine/core";
import { ConfirmButton, Failure, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { cancelRun, isActive, type Run } from "@/features/train/api";
import { IssuesTable } from "@/features/train/IssuesTable";
import { StatusTag } from "@/features/train/StatusTag";
import { useText } from "@/lib/i18n";
import { reportAddress } from "./api";
import styles from "./imports.module.css";

const COUNTS = ["read", "added", "already", "refused"] as const;

/** Whether it read its file to the end and could use no row of it. */
export function tookNothing(run: Run): boolean {
  const count = (name: string) => Number(run.report[name] ?? 0);
  return run.status === "succeeded" && count("refused") > 0 && count("refused") === count("read");
}

/** The state of a check or an import; one of which every row was refused is no success. */
export function ImportTag({ run }: { run: Run }) {
  const { t } = useText();
  if (!tookNothing(run)) return <StatusTag run={run} />;
  return <Tag tone="bad">{t("imports.report.nothing")}</Tag>;
}

/** How far a check or an import is, and what it found. */
export function RunReport({ run }: { run: Run }) {
  const { t, language } = useText();
  const isCheck = run.config.dry_run === true;
  const count = (name: string) => Number(run.report[name] ?? 0);
  const refused = count("refused");
  const leftOut = count("issues_left_out");
  return (
    <div className={styles.stack}>
      <Group gap="sm">
        <ImportTag run={run} />
        <span className="muted">{run.error_message}</span>
        {isActive(run) && <Stop run={run} />}
      </Group>
      {isActive(run) && run.progress_total !== null && run.progress_total > 0 && (
        <Progress
          value={Math.min(100, (100 * run.progress_done) / run.progress_total)}
          aria-label={t("train.runs.progress")}
        />
      )}
      <dl className={styles.counts} aria-live="polite">
        {COUNTS.map((name) => (
          <div key={name} data-bad={name === "refused" && refused > 0}>
            <dt>{t(`imports.report.${isCheck && name === "added" ? "wouldAdd" : name}`)}</dt>
            <dd>{count(name).toLocaleString(language)}</dd>
          </div>
        ))}
      </dl>
      <Elsewhere sets={run.report.already_elsewhere} />
      {refused > 0 && (
        <>
          <Rules rules={run.report.rules} />
          <p>
            {t("imports.report.download")}{" "}
            <a href={reportAddress(run.id, "csv")} download>
              CSV
            </a>
            {" · "}
            <a href={reportAddress(run.id, "jsonl")} download>
              JSONL
            </a>
            {leftOut > 0 && ` (${t("imports.report.leftOut", { count: leftOut })})`}
          </p>
        </>
      )}
      <IssuesTable runId={run.id} active={isActive(run)} />
    </div>
  );
}

/** Rows that stand in other prompt sets: why the one that was named stays without them. */
function Elsewhere({ sets }: { sets: unknown }) {
  const { t, language } = useText();
  if (typeof sets !== "object" || sets === null) return null;
  return Object.entries(sets).map(([set, number]) => (
    <p key={set}>
      {t("imports.report.elsewhere", { count: Number(number), rows: Number(number).toLocaleString(language), set })}
    </p>
  ));
}

function Rules({ rules }: { rules: unknown }) {
  const { language } = useText();
  if (typeof rules !== "object" || rules === null) return null;
  const told = Object.entries(rules).sort((one, other) => Number(other[1]) - Number(one[1]));
  return (
    <p className={styles.kept}>
      {told.slice(0, 12).map(([rule, number]) => (
        <span key={rule}>
          <code>{rule}</code> {Number(number).toLocaleString(language)}
        </span>
      ))}
    </p>
  );
}

function Stop({ run }: { run: Run }) {
  const { t } = useText();
  const { act, error } = useAct([["run", run.id]]);
  return (
    <>
      <ConfirmButton
        label={t("imports.report.stop")}
        question={t("imports.report.stopAsk")}
        disabled={run.cancel_requested}
        onConfirm={() => act(() => cancelRun(run.id))}
      />
      <Failure error={error} />
    </>
  );
}

interface NextProps {
  run: Run;
  onImport: () => void;
  busy: boolean;
}

/** After a check: import what it found good. */
export function ImportNow({ run, onImport, busy }: NextProps) {
  const { t, language } = useText();
  const added = Number(run.report.added ?? 0);
  if (tookNothing(run)) return <p>{t("imports.check.allRefused")}</p>;
  if (added === 0) return <p>{t("imports.check.nothing")}</p>;
  return (
    <Group>
      <Button onClick={onImport} loading={busy}>
        {t("imports.check.importNow", { rows: added.toLocaleString(language), count: added })}
      </Button>
    </Group>
  );
}
