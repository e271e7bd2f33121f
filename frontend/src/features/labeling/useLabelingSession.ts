import { useEffect, useState } from "react";
import { currentLanguage } from "@/lib/i18n";
import { usePart } from "@/lib/store";
import { claim, heartbeat } from "./api";
import { WorkQueue } from "./queue";
import { openTabs } from "./tabs";
import { useWorkplace, type Workplace } from "./workplace";

/** One tab's work on one project: what is on screen and what comes next. */
export function useLabelingSession(projectId: string): WorkQueue {
  const workplace = useWorkplace();
  const ready = usePart(workplace.journal, "ready");
  const [queue] = useState(() => open(projectId, workplace));
  useEffect(() => {
    if (!ready) return undefined;
    queue.start();
    return () => queue.stop();
  }, [queue, ready]);
  return queue;
}

function open(projectId: string, { userId, journal, outbox }: Workplace): WorkQueue {
  const server = {
    claim: async (holding: string[]) => {
      const assignment = await claim(projectId, holding, currentLanguage());
      outbox.nudge();
      return assignment;
    },
    heartbeat,
  };
  const tabs = openTabs(userId, projectId);
  return new WorkQueue(projectId, server, journal, tabs, () => outbox.slots(projectId));
}
