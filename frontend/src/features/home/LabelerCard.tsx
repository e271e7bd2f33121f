import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import type { Membership } from "@/features/auth/api";
import { readProgress } from "@/features/labeling/api";
import { usePractice } from "@/features/practice/api";
import { readMyNotes } from "@/features/review/api";
import { formatDuration } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Doors } from "./Doors";
import styles from "./LabelerCard.module.css";
import { Pace } from "./Pace";
import { ReviewWaiting } from "./ReviewWaiting";
import { atLeast, waitingIn } from "./waiting";
import { WaitingList } from "./WaitingList";

interface Props {
  membership: Membership;
  description: string;
  hasChat: boolean;
}

/** A project I label in: how far it is, my own pace, what waits for me. */
export function LabelerCard({ membership, description, hasChat }: Props) {
  const { t, language } = useText();
  const { project } = membership;
  const progress = useQuery({
    queryKey: ["progress", project.id],
    queryFn: () => readProgress(project.id),
  }).data;
  const practice = usePractice(project.id).data;
  const notes = useQuery({ queryKey: ["my-notes", project.id], queryFn: () => readMyNotes(project.id) }).data;
  const waiting = waitingIn(project.id, progress, practice, language, notes?.results);
  const reason = project.state === "active" ? (progress?.closed ?? "") : project.state;
  const { suspended } = membership;
  const closed = suspended || (reason !== "" && reason !== "not_qualified");
  return (
    <li className={styles.card} aria-busy={!progress}>
      <div className={styles.about}>
        <header>
          <h2>{project.name}</h2>
          {description && (
            <p className={styles.description} lang={project.language}>
              {description}
            </p>
          )}
        </header>
        {closed && (
          <p className={styles.closed}>
            {suspended || reason === "" ? t("people.suspendedHere") : t(`projects.closed.${reason}`)}
          </p>
        )}
        {!closed && waiting.length > 0 && <WaitingList waiting={waiting} label={t("home.waiting")} />}
        <ReviewWaiting membership={membership} />
        <Doors
          membership={membership}
          hasChat={hasChat}
          begun={(progress?.drafts ?? 0) > 0}
          qualifies={reason === "not_qualified"}
        />
      </div>
      <div className={styles.figures}>
        {progress && (
          <>
            <Far done={progress.project_done} total={progress.project_total} />
            {reason === "" && !suspended && <Left count={progress.open_for_me_estimate} />}
            {progress.done_total > 0 ? (
              <Mine progress={progress} />
            ) : (
              <p className={styles.closed}>{t("home.notYet")}</p>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** My own pace here, for nobody but me. */
function Mine({ progress }: { progress: Schemas["MyProgress"] }) {
  const { t, language } = useText();
  return (
    <>
      <Pace days={progress.days} />
      <dl className={styles.facts}>
        <div>
          <dt>{t("home.today")}</dt>
          <dd>{progress.done_today.toLocaleString(language)}</dd>
        </div>
        <div>
          <dt>{t("home.inAll")}</dt>
          <dd>{progress.done_total.toLocaleString(language)}</dd>
        </div>
        {progress.median_active_ms !== null && (
          <div>
            <dt>{t("home.median")}</dt>
            <dd>{formatDuration(progress.median_active_ms, language)}</dd>
          </div>
        )}
        {([1, 7] as const).map((days) => {
          const worked = timeIn(progress.days.slice(-days));
          return (
            worked > 0 && (
              <div key={days}>
                <dt>{t(`home.worked.${days}`)}</dt>
                <dd>{formatDuration(worked, language)}</dd>
              </div>
            )
          );
        })}
      </dl>
    </>
  );
}

/** Time at the answers of judgments that count, ms. */
function timeIn(days: readonly Schemas["DayOfWork"][]): number {
  return days.reduce((sum, day) => sum + day.active_ms, 0);
}

/** About how much there is still to do for me. */
function Left({ count }: { count: number }) {
  const { t, language } = useText();
  const words = count === 0 ? t("home.leftNone") : t("home.left", { count, shown: atLeast(count, language) });
  return <p className={styles.left}>{words}</p>;
}

/** How far the whole project is; everybody's judgments together. */
function Far({ done, total }: { done: number; total: number }) {
  const { t, language } = useText();
  const words = t("home.far", {
    done: done.toLocaleString(language),
    total: total.toLocaleString(language),
  });
  if (total === 0) return null;
  return (
    <div className={styles.far}>
      <p>{words}</p>
      <progress value={done} max={total} aria-label={words} />
    </div>
  );
}
