import { useMemo, useState } from "react";
import { DemonstrationScreen } from "@/features/labeling/DemonstrationScreen";
import { DraftDesk } from "@/features/labeling/drafts";
import { GuidelinesPanel } from "@/features/labeling/GuidelinesPanel";
import { KeysDialog } from "@/features/labeling/KeysDialog";
import type { Panel } from "@/features/labeling/LabelPage";
import { ModeScreen } from "@/features/labeling/modes/ModeScreen";
import { useWorkplace, WorkplaceContext } from "@/features/labeling/workplace";
import type { Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import type { PromptDetail } from "./api";
import { asAssignment, ForgetfulJournal } from "./asLabeler";

interface Props {
  prompt: PromptDetail;
  project: Project;
  texts: readonly string[];
  kind: "ranking" | "demonstration";
}

/** The labeling screen itself, on a desk that forgets: it can be tried, and hands nothing in. */
export default function LabelerView({ prompt, project, texts, kind }: Props) {
  const { t } = useText();
  const workplace = useWorkplace();
  const [panel, setPanel] = useState<Panel | null>(null);
  const [turn, setTurn] = useState(0);
  const own = useMemo(() => {
    const journal = new ForgetfulJournal("preview");
    const keep = { put: (_: unknown, revision: number) => Promise.resolve(revision + 1) };
    return { ...workplace, journal, desk: new DraftDesk(keep, journal) };
  }, [workplace]);
  const assignment = useMemo(() => asAssignment(prompt, project, texts, kind), [prompt, project, texts, kind]);
  const close = () => setPanel(null);
  const common = {
    assignment,
    lang: prompt.language || prompt.prompt_set.language,
    panelOpen: panel !== null,
    onOpen: (wanted: Panel) => {
      if (wanted === "guidelines" || wanted === "help") setPanel(wanted);
    },
    onSubmit: () => setTurn((now) => now + 1),
    notices: turn > 0 && <Notice tone="calm">{t("prompts.asLabeler.handedIn")}</Notice>,
    lastSent: null,
  };
  return (
    <WorkplaceContext value={own}>
      {kind === "demonstration" ? (
        <DemonstrationScreen key={turn} {...common} />
      ) : (
        <ModeScreen key={turn} {...common} without={["skip", "report"]} />
      )}
      {panel === "guidelines" && <GuidelinesPanel projectId={project.id} lang={project.language} onClose={close} />}
      {panel === "help" && <KeysDialog assignment={assignment} onClose={close} />}
    </WorkplaceContext>
  );
}
