import { useQuery } from "@tanstack/react-query";
import { Awaited, PageHead } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { AgreementCard } from "./AgreementCard";
import { readOverview } from "./api";
import styles from "./manage.module.css";

const COUNTS = [
  "items_open",
  "items_done",
  "items_triage",
  "rankings",
  "demonstrations",
  "people",
  "prompts",
  "completions",
  "versions",
] as const;

/** Where the project stands, in numbers. */
export function OverviewPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const overview = useQuery({
    queryKey: ["overview", projectId],
    queryFn: () => readOverview(projectId),
  });
  return (
    <>
      <PageHead title={t("manage.overview.title")} />
      <Awaited query={overview}>
        {(counts) => (
          <dl className={styles.counts}>
            {COUNTS.map((name) => (
              <div key={name}>
                <dt>{t(`manage.overview.${name}`)}</dt>
                <dd>{counts[name].toLocaleString(language)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Awaited>
      <AgreementCard projectId={projectId} />
    </>
  );
}
