import { useEffect } from "react";
import { useParams, useSearchParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { Awaited } from "@/features/console/parts";
import { ConsoleTheme } from "@/features/console/ConsoleShell";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { GuidelinesStep } from "./GuidelinesStep";
import { MixStep } from "./MixStep";
import { OpenStep } from "./OpenStep";
import { PeopleStep } from "./PeopleStep";
import { STEPS, stepsFor, type StepName } from "./plan";
import { PromptsStep } from "./PromptsStep";
import { placeIn, rememberPlace } from "./remembered";
import { ScreenStep } from "./ScreenStep";
import { StartStep } from "./StartStep";
import type { StepProps } from "./StepFrame";
import styles from "./wizard.module.css";

const PAGES: Record<Exclude<StepName, "start">, (props: StepProps) => React.ReactNode> = {
  screen: ScreenStep,
  guidelines: GuidelinesStep,
  prompts: PromptsStep,
  mix: MixStep,
  people: PeopleStep,
  open: OpenStep,
};

/** From a purpose to the first item, step by step; every step is kept, none is owed. */
export default function WizardPage() {
  const { projectId } = useParams();
  return (
    <ConsoleTheme>
      {projectId ? <ProjectBar projectId={projectId} /> : <TopBar />}
      <main className={styles.main}>{projectId ? <Steps projectId={projectId} /> : <Begin />}</main>
    </ConsoleTheme>
  );
}

function ProjectBar({ projectId }: { projectId: string }) {
  return <TopBar title={useProject(projectId).data?.name} />;
}

function Begin() {
  return (
    <>
      <StepList steps={STEPS} now="start" />
      <StartStep />
    </>
  );
}

function Steps({ projectId }: { projectId: string }) {
  const project = useProject(projectId);
  const [query, setQuery] = useSearchParams();
  const place = placeIn(projectId);
  const steps = stepsFor(place.purpose);
  const wished = steps.find((each) => each === query.get("step")) ?? place.step;
  const step = wished === "start" ? "screen" : wished;
  const go = (to: StepName) => setQuery({ step: to });
  useEffect(() => {
    rememberPlace(projectId, { step, purpose: place.purpose });
    window.scrollTo(0, 0);
  }, [projectId, step, place.purpose]);
  const Page = PAGES[step];
  const at = steps.indexOf(step);
  return (
    <>
      <StepList steps={steps} now={step} onGo={go} />
      <Awaited query={project}>
        {(found) => (
          <Page
            key={step}
            project={found}
            purpose={place.purpose}
            onNext={() => go(steps[at + 1] ?? "open")}
            onBack={at > 1 ? () => go(steps[at - 1] ?? "screen") : undefined}
          />
        )}
      </Awaited>
    </>
  );
}

interface ListProps {
  steps: readonly StepName[];
  now: StepName;
  onGo?: (step: StepName) => void;
}

function StepList({ steps, now, onGo }: ListProps) {
  const { t } = useText();
  return (
    <nav aria-label={t("projects.wizard.steps")}>
      <ol className={styles.steps}>
        {steps.map((step, index) => (
          <li key={step} data-done={index < steps.indexOf(now)}>
            <button
              type="button"
              aria-current={step === now ? "step" : undefined}
              disabled={!onGo || step === "start"}
              onClick={() => onGo?.(step)}
            >
              <span aria-hidden="true">{index + 1}</span>
              {t(`projects.wizard.step.${step}`)}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
