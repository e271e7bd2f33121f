import { useText } from "@/lib/i18n";
import { usePart, useStore } from "@/lib/store";
import { Notice } from "@/ui/Notice";
import type { WorkQueue } from "./queue";
import type { Loss } from "./useLease";
import { useWorkplace } from "./workplace";

interface Props {
  queue: WorkQueue;
  /** The lease of the item on screen ran out. */
  loss: Loss | undefined;
  undoFailed: boolean;
  reopenFailed: boolean;
  /** Leave the item on screen for the next one. */
  onLeave: () => void;
}

/** What happened to the item on screen, and to where this work is kept. */
export function LabelNotices(props: Props) {
  const { queue, loss, undoFailed, reopenFailed, onLeave } = props;
  const { t } = useText();
  const { journal, desk } = useWorkplace();
  const keeping = usePart(journal, "keeping");
  const clash = usePart(desk, "clash");
  const { current, phase, inOtherTabs, wasTaken } = useStore(queue);
  const takeOver = () => void queue.takeOver();
  return (
    <>
      {wasTaken && (
        <Notice tone="calm" actions={<Act label={t("labeling.tabs.here")} run={takeOver} />}>
          {t("labeling.tabs.taken")}
        </Notice>
      )}
      {phase === "elsewhere" && (
        <Notice tone="calm" actions={<Act label={t("labeling.tabs.here")} run={takeOver} />}>
          {t("labeling.tabs.elsewhere", { count: inOtherTabs.length })}
        </Notice>
      )}
      {loss && (
        <Notice
          tone="warn"
          actions={<Act label={t("labeling.nextItem")} run={onLeave} />}
        >
          {t(loss === "toMe" ? "labeling.leaseMine" : "labeling.leaseLost")}
        </Notice>
      )}
      {clash && clash.slotId === current?.assignment.slot_id && (
        <Notice
          tone="warn"
          actions={
            <>
              <Act label={t("labeling.clash.theirs")} run={() => desk.settle("theirs")} />
              <Act label={t("labeling.clash.mine")} run={() => desk.settle("mine")} />
            </>
          }
        >
          {t("labeling.clash.words")}
        </Notice>
      )}
      {current?.assignment.supersedes && (
        <Notice tone="calm" actions={<Act label={t("labeling.leaveAsItWas")} run={onLeave} />}>
          {t("labeling.changing")}
        </Notice>
      )}
      {reopenFailed && <Notice tone="warn">{t("labeling.reopenFailed")}</Notice>}
      {undoFailed && <Notice tone="warn">{t("labeling.undoFailed")}</Notice>}
      {keeping !== "device" && <Notice tone="warn">{t(`labeling.keeping.${keeping}`)}</Notice>}
    </>
  );
}

function Act({ label, run }: { label: string; run: () => void }) {
  return (
    <button type="button" onClick={run}>
      {label}
    </button>
  );
}
