import { Button } from "@mantine/core";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { undoAct, type PromptAct } from "./api";

interface Props {
  projectId: string;
  act: PromptAct | null;
  onUndone: () => void;
}

/** What was just done, and the way back. */
export function UndoNotice({ projectId, act, onUndone }: Props) {
  const { t } = useText();
  const { act: send, busy, error } = useAct([
    ["prompts"],
    ["prompt"],
    ["prompt-set"],
    ["prompt-sets", projectId],
    ["prompt-set-counts", projectId],
    ["prompt-facets"],
    ["near", projectId],
  ]);
  if (!act) return null;
  const undo = async () => {
    if (await send(() => undoAct(act.id))) onUndone();
  };
  return (
    <>
      <Notice
        tone="calm"
        actions={
          act.count > 0 && (
            <Button size="xs" variant="default" loading={busy} onClick={() => void undo()}>
              {t("prompts.undo")}
            </Button>
          )
        }
      >
        {t(`prompts.done.${act.kind}`, { count: act.count })}
      </Notice>
      <Failure error={error} />
    </>
  );
}
