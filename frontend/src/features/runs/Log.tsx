import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Section } from "@/features/console/parts";
import { isActive, type Run } from "@/features/train/api";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readLog } from "./api";
import styles from "./runs.module.css";

const POLL_MS = 3_000;

/** The last lines that the trainer printed; read only while somebody looks. */
export function Log({ run }: { run: Run }) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  const log = useQuery({
    queryKey: ["run-log", run.id, isActive(run)],
    queryFn: () => readLog(run.id),
    enabled: open,
    refetchInterval: isActive(run) ? POLL_MS : false,
  });
  const found = log.data;
  return (
    <Section title={t("runs.log.title")}>
      <details className={styles.log} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("runs.log.follow")}</summary>
        {found && found.updated_at === null && <p className="muted">{t("runs.log.none")}</p>}
        {found && found.updated_at !== null && (
          <>
            <p className="muted">
              {t("runs.log.at", { time: formatTime(found.updated_at, language) })} ·{" "}
              {t(found.cut ? "runs.log.cut" : "runs.log.whole")}
            </p>
            <pre tabIndex={0} aria-label={t("runs.log.follow")}>
              {found.text}
            </pre>
          </>
        )}
      </details>
    </Section>
  );
}
