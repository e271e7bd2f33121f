import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import type { RankingBody } from "@/features/labeling/api";
import { DraftDesk } from "@/features/labeling/drafts";
import { KeysDialog } from "@/features/labeling/KeysDialog";
import type { Panel } from "@/features/labeling/LabelPage";
import { RankingScreen } from "@/features/labeling/RankingScreen";
import { useWorkplace, WorkplaceContext } from "@/features/labeling/workplace";
import type { Project } from "@/features/projects/queries";
import { isPassing, Problem } from "@/lib/http";
import { newUuid } from "@/lib/ids";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Notice } from "@/ui/Notice";
import { sendAnswer, type Outcome, type PracticeWork } from "./api";
import { asAssignment } from "./assignment";

interface Props {
  work: PracticeWork;
  project: Project;
  tries: number;
  panel: Panel | null;
  onPanel: (panel: Panel | null) => void;
  onOutcome: (outcome: Outcome) => void;
}

/** One practice item on the ranking screen. Its draft stays on this device. */
export function Round({ work, project, tries, panel, onPanel, onOutcome }: Props) {
  const { t } = useText();
  const client = useQueryClient();
  const workplace = useWorkplace();
  const { journal } = workplace;
  const { ready } = useStore(journal);
  const [failure, setFailure] = useState<unknown>(null);
  const sent = useRef({ content: "", uuid: "" });
  const assignment = useMemo(
    () => asAssignment(work, project.id, project.allow_ties ?? true, tries),
    [work, project.id, project.allow_ties, tries],
  );
  const own = useMemo(() => {
    const keep = { put: (_: unknown, revision: number) => Promise.resolve(revision + 1) };
    return { ...workplace, desk: new DraftDesk(keep, journal) };
  }, [workplace, journal]);

  const onSubmit = useCallback(
    async (body: RankingBody) => {
      setFailure(null);
      const content = JSON.stringify(body.tiers);
      // The very same order keeps its id: sending it again after a lost answer changes nothing.
      if (sent.current.content !== content) sent.current = { content, uuid: newUuid() };
      try {
        const answer = { tiers: body.tiers, active_ms: body.active_ms ?? null };
        const outcome = await sendAnswer(work.id, sent.current.uuid, answer);
        await journal.write({ drop: [["draft", assignment.slot_id]] });
        onOutcome(outcome);
      } catch (error) {
        setFailure(error);
        if (!(error instanceof Problem)) return;
      }
      await client.invalidateQueries({ queryKey: ["practice", project.id] });
      void client.invalidateQueries({ queryKey: ["me"] });
    },
    [assignment, client, journal, onOutcome, project.id, work.id],
  );

  if (!ready) return <p role="status">{t("common.loading")}</p>;
  const words = isPassing(failure) ? t("practice.notSent") : problemWords(t, failure);
  return (
    <WorkplaceContext value={own}>
      <RankingScreen
        assignment={assignment}
        lang={project.language}
        panelOpen={panel !== null}
        onOpen={onPanel}
        without={["skip", "report"]}
        onSubmit={(body) => void onSubmit(body)}
        notices={failure !== null && <Notice tone="bad">{words}</Notice>}
        lastSent={null}
      />
      {panel === "help" && <KeysDialog assignment={assignment} onClose={() => onPanel(null)} />}
    </WorkplaceContext>
  );
}
