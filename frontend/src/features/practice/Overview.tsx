import { Link } from "react-router";
import { paths } from "@/config/paths";
import type { Project } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import type { MyPractice, Qualification } from "./api";
import { percent } from "./figures";
import type { Kind } from "./PracticePage";
import styles from "./PracticePage.module.css";

interface Props {
  mine: MyPractice;
  project: Project;
  onBegin: (kind: Kind) => void;
}

/** What there is to practise and how I stand, before anything begins. */
export function Overview({ mine, project, onBegin }: Props) {
  const { t, language } = useText();
  const { practice, qualification } = mine;
  const asksForMore = !["off", "passed"].includes(qualification.state);
  return (
    <>
      <h1>{t(qualification.state === "off" ? "practice.title" : "practice.titleBoth")}</h1>
      <section className={styles.card}>
        <h2>{t("practice.practice")}</h2>
        {practice.total === 0 ? (
          <p className="muted">{t("practice.none")}</p>
        ) : (
          <>
            <p>{t("practice.lead")}</p>
            <p className="muted">
              {t("practice.done", { done: practice.done, total: practice.total })}
              {practice.agreement !== null &&
                ` · ${t("practice.agreement", { share: percent(practice.agreement, language) })}`}
            </p>
          </>
        )}
        {practice.next && (
          <div>
            <Button kind={asksForMore ? "plain" : "primary"} onClick={() => onBegin("practice")}>
              {t(practice.done > 0 ? "practice.goOn" : "practice.begin")}
            </Button>
          </div>
        )}
      </section>
      {qualification.state !== "off" && (
        <section className={styles.card}>
          <h2>{t("practice.qualification")}</h2>
          <Standing qualification={qualification} />
          {qualification.next && (
            <div>
              <Button kind="primary" onClick={() => onBegin("qualification")}>
                {t(beginning(qualification))}
              </Button>
            </div>
          )}
        </section>
      )}
      {!asksForMore && (
        <p>
          <Link to={paths.label(project.id)}>{t("practice.toWork")}</Link>
        </p>
      )}
    </>
  );
}

function beginning({ done, tries }: Qualification) {
  if (done > 0) return "practice.goOn" as const;
  return tries > 0 ? ("practice.again" as const) : ("practice.begin" as const);
}

function Standing({ qualification }: { qualification: Qualification }) {
  const { t, language } = useText();
  const { state, total, done, pass_mark, last, retry_at } = qualification;
  if (state === "passed") return <p>{t("practice.passedAlready")}</p>;
  if (state === "empty") return <p>{t("practice.empty")}</p>;
  return (
    <>
      <p>{t("practice.rule", { count: total, mark: percent((pass_mark ?? 0) / 100, language) })}</p>
      <p className="muted">{t("practice.retryRule")}</p>
      {last && !last.passed && (
        <p className="muted">
          {t("practice.lastTime", {
            share: percent(last.agreement, language),
            mark: percent(last.pass_mark / 100, language),
          })}
        </p>
      )}
      {done > 0 && <p className="muted">{t("practice.done", { done, total })}</p>}
      {state === "wait" && retry_at && (
        <p>{t("practice.waitUntil", { time: formatTime(retry_at, language) })}</p>
      )}
    </>
  );
}
