import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { OpenModal } from "@/features/console/OpenModal";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePlans } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import type { Mix } from "./api";
import { firstDraft, makeMix } from "./draft";
import { MixFields } from "./MixFields";

interface Props {
  projectId: string;
  onClose: () => void;
  onCreated: (mix: Mix) => void;
}

/** A mix never changes; the name of another makes its next version. */
export function MixForm({ projectId, onClose, onCreated }: Props) {
  const { t } = useText();
  const plans = usePlans(projectId);
  const [draft, setDraft] = useState(() => firstDraft(4, "previous"));
  const { act, busy, error, fieldError } = useAct([
    ["mixes", projectId],
    ["plans", projectId],
  ]);
  const create = async () => {
    const made = await act(() => makeMix(projectId, draft, plans.data ?? [], t("mixes.plainPlan")));
    if (!made) return;
    onCreated(made);
    onClose();
  };
  return (
    <OpenModal onClose={onClose} title={t("mixes.new")} size="xl">
      <Stack>
        <MixFields projectId={projectId} draft={draft} errorOf={fieldError} onChange={setDraft} />
        <Failure error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button loading={busy} disabled={!plans.data} onClick={() => void create()}>
            {t("console.create")}
          </Button>
        </Group>
      </Stack>
    </OpenModal>
  );
}
