import { Loader } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Nothing, PageHead, Section } from "@/features/console/parts";
import { StatusTag } from "@/features/train/StatusTag";
import { useText } from "@/lib/i18n";
import { AlarmTag } from "./Alarms";
import { useRunsWithMetrics } from "./api";
import type { Compared } from "./compare";
import { ComparedCurves } from "./ComparedCurves";
import { DifferingSettings, Results } from "./ComparedTables";
import { Mark, MOST_COMPARED } from "./marks";
import { RunTitle } from "./Naming";
import styles from "./runs.module.css";

/** Several runs side by side: what differs, what came of it, and their curves. All in the address. */
export default function ComparePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search] = useSearchParams();
  const ids = [...new Set((search.get("runs") ?? "").split(",").filter(Boolean))].slice(0, MOST_COMPARED);
  const found = useRunsWithMetrics(ids);
  const compared = found.flatMap(({ data }) => (data && data.run.project_id === projectId ? [data] : []));
  const pending = found.some((query) => query.isPending);
  const gone = pending ? 0 : ids.length - compared.length;
  return (
    <>
      <PageHead
        title={t("runs.compare.title")}
        lead={t("runs.compare.lead")}
        actions={<Link to={paths.train(projectId, "runs")}>{t("runs.compare.backToList")}</Link>}
      />
      {pending && <Loader size="sm" role="status" aria-label={t("common.loading")} />}
      {gone > 0 && <p role="status">{t("runs.compare.gone", { count: gone })}</p>}
      {!pending && compared.length < 2 && <Nothing>{t("runs.compare.few")}</Nothing>}
      {!pending && compared.length >= 2 && <Comparison projectId={projectId} compared={compared} />}
    </>
  );
}

function Comparison({ projectId, compared }: { projectId: string; compared: Compared[] }) {
  const { t } = useText();
  const runs = compared.map(({ run }) => run);
  return (
    <div className={styles.comparison}>
      <ul className={styles.legend}>
        {runs.map((run, index) => (
          <li key={run.id}>
            <Mark index={index} />
            <Link to={paths.run(projectId, run.id)}>
              <RunTitle run={run} />
            </Link>
            <StatusTag run={run} />
            <AlarmTag run={run} />
          </li>
        ))}
      </ul>
      <Section title={t("runs.compare.settings")}>
        <DifferingSettings projectId={projectId} runs={runs} />
      </Section>
      <Section title={t("runs.compare.results")}>
        <Results runs={runs} />
      </Section>
      <Section title={t("runs.compare.curves")}>
        <ComparedCurves compared={compared} />
      </Section>
    </div>
  );
}
