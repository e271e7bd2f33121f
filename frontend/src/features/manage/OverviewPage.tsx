import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Awaited, PageHead } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
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
// A large project is counted every so often; older counts say when that was.
const SAID_FROM_MS = 10_000;

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
          <>
            <dl className={styles.counts}>
              {COUNTS.map((name) => (
                <div key={name}>
                  <dt>{t(`manage.overview.${name}`)}</dt>
                  <dd>{counts[name].toLocaleString(language)}</dd>
                </div>
              ))}
            </dl>
            {overview.dataUpdatedAt - Date.parse(counts.counted_at) > SAID_FROM_MS && (
              <Text size="sm" c="dimmed">
                {t("manage.overview.counted", { time: formatTime(counts.counted_at, language) })}
              </Text>
            )}
          </>
        )}
      </Awaited>
      <AgreementCard projectId={projectId} />
    </>
  );
}
