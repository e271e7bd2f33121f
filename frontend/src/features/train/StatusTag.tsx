import { Tag } from "@/features/console/parts";
import { stoppedBy } from "@/features/runs/alarms";
import { useText } from "@/lib/i18n";
import type { Run } from "./api";

const TONES = {
  blocked: "calm",
  queued: "calm",
  running: "busy",
  interrupted: "busy",
  succeeded: "good",
  failed: "bad",
  cancelled: "calm",
} as const;

export function StatusTag({ run }: { run: Run }) {
  const { t } = useText();
  if (run.status === "succeeded" && stoppedBy(run)) return <Tag tone="bad">{t("runs.stopped")}</Tag>;
  const stopping = run.cancel_requested && ["running", "interrupted"].includes(run.status);
  return (
    <Tag tone={TONES[run.status]}>
      {t(stopping ? "train.status.cancelling" : `train.status.${run.status}`)}
    </Tag>
  );
}
