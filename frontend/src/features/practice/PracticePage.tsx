import { useCallback, useState } from "react";
import { useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { BarButtons } from "@/features/labeling/BarButtons";
import { BreakReminder } from "@/features/labeling/BreakReminder";
import { useGuidelinesNews } from "@/features/labeling/guidelines";
import { GuidelinesPanel } from "@/features/labeling/GuidelinesPanel";
import type { Panel } from "@/features/labeling/LabelPage";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Centered } from "@/ui/Centered";
import { usePractice, type Outcome } from "./api";
import { FeedbackView } from "./FeedbackView";
import { Overview } from "./Overview";
import styles from "./PracticePage.module.css";
import { Round } from "./Round";
import { RoundView } from "./RoundView";

export type Kind = "practice" | "qualification";

/** Practice and qualification: the same screen as for work, with a known order behind it. */
export default function PracticePage() {
  const { projectId = "" } = useParams();
  return <Practice key={projectId} projectId={projectId} />;
}

function Practice({ projectId }: { projectId: string }) {
  const { t } = useText();
  const project = useProject(projectId).data;
  const mine = usePractice(projectId);
  const [kind, setKind] = useState<Kind | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [panel, setPanel] = useState<Panel | null>(null);
  const lang = project?.language ?? "";
  const found = mine.data;
  const work = kind && found ? found[kind].next : null;
  const openGuidelines = useCallback(() => setPanel("guidelines"), []);
  const unread = useGuidelinesNews(projectId, found !== undefined, openGuidelines);
  const back = () => {
    setKind(null);
    setOutcome(null);
  };
  const onward = () => {
    setOutcome(null);
    if (!work) setKind(null);
    window.scrollTo({ top: 0 });
  };

  if (!found || !project) {
    return (
      <>
        <TopBar title={project?.name} />
        <Centered>
          <p>{t(mine.isError ? "common.failed" : "common.loading")}</p>
        </Centered>
      </>
    );
  }
  const running = kind !== null && outcome === null && work !== null;
  const note = running && t(`practice.count.${kind}`, { number: found[kind].done + 1, total: found[kind].total });
  return (
    <div className={styles.page}>
      <TopBar title={project.name} note={note || undefined}>
        <BarButtons unread={unread} withKeys={running} onOpen={setPanel} />
        {kind !== null && (
          <Button kind="quiet" onClick={back}>
            {t("practice.leave")}
          </Button>
        )}
      </TopBar>
      <main className={styles.main}>
        {running ? (
          <Round
            key={work.id}
            work={work}
            project={project}
            tries={found.qualification.tries}
            panel={panel}
            onPanel={setPanel}
            onOutcome={(arrived) => {
              window.scrollTo({ top: 0 });
              if (arrived.feedback || arrived.result) setOutcome(arrived);
            }}
          />
        ) : (
          <div className={styles.column}>
            {outcome?.feedback ? (
              <>
                <h1>{t("practice.feedback")}</h1>
                <FeedbackView feedback={outcome.feedback} lang={lang} />
                <div className={styles.foot}>
                  <Button kind="primary" onClick={onward} data-autofocus>
                    {t(work ? "practice.next" : "practice.finish")}
                  </Button>
                </div>
              </>
            ) : outcome?.result ? (
              <RoundView
                result={outcome.result}
                qualification={found.qualification}
                projectId={projectId}
                lang={lang}
                onAgain={onward}
                onBack={back}
              />
            ) : (
              <Overview mine={found} project={project} onBegin={setKind} />
            )}
          </div>
        )}
      </main>
      {panel === "guidelines" && (
        <GuidelinesPanel projectId={projectId} lang={lang} onClose={() => setPanel(null)} />
      )}
      <BreakReminder />
    </div>
  );
}
