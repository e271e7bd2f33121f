import { Checkbox, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { changeWork, readGroups, type AssignmentRow, type WorkChange } from "./api";

interface Props {
  projectId: string;
  row: AssignmentRow;
  onClose: () => void;
}

/** For whom a prompt set is reserved, how soon it comes and how often it is judged; told before. */
export function ChangeWork({ projectId, row, onClose }: Props) {
  const { t } = useText();
  const [reserved, setReserved] = useState(() => row.groups.map((one) => one.id));
  const [priority, setPriority] = useState<number | null>(row.priority[1] ?? 0);
  const [needed, setNeeded] = useState<number | null>(row.needed[1] ?? 1);
  const groups = useQuery({ queryKey: ["groups", projectId], queryFn: () => readGroups(projectId) });
  const before = row.groups.map((one) => one.id);
  const regrouped = [...reserved].sort().join() !== [...before].sort().join();
  const change: WorkChange = {
    prompt_set: row.prompt_set.id,
    ...(regrouped ? { reserved_for: reserved } : {}),
    ...(priority !== null && row.priority.some((one) => one !== priority) ? { priority } : {}),
    ...(needed !== null && row.needed.some((one) => one !== needed) ? { needed } : {}),
  };
  const says = Object.keys(change).length > 1;
  const told = useQuery({
    queryKey: ["work-change", projectId, change],
    queryFn: () => changeWork(projectId, change, true),
    enabled: says,
    retry: false,
  });
  const { act, busy, error } = useAct([["assignments", projectId], ["project-progress", projectId]]);
  const send = async () => {
    if (!says) onClose();
    else if (await act(() => changeWork(projectId, change, false))) onClose();
  };
  return (
    <FormDialog
      title={t("projects.work.changeOf", { name: row.prompt_set.name })}
      send={t("console.save")}
      opened
      busy={busy}
      error={error ?? told.error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <Checkbox.Group
        label={t("projects.work.reserve")}
        description={t("projects.work.reserveHint")}
        value={reserved}
        onChange={setReserved}
      >
        <Stack gap="xs" mt="xs">
          {groups.data?.map((one) => <Checkbox key={one.id} value={one.id} label={one.name} />)}
          {groups.data?.length === 0 && <Text size="sm">{t("projects.groups.none")}</Text>}
        </Stack>
      </Checkbox.Group>
      <NumberField
        label={t("projects.work.priority")}
        description={t("projects.work.priorityHint")}
        whole
        min={-1000}
        max={1000}
        value={priority}
        onChange={setPriority}
      />
      <NumberField
        label={t("projects.work.needed")}
        description={t("projects.work.neededHint")}
        whole
        min={1}
        max={50}
        value={needed}
        onChange={setNeeded}
      />
      <Text size="sm" role="status">
        {told.data &&
          t("projects.work.told", {
            items: told.data.items,
            open: told.data.open_items,
            added: told.data.slots_added,
            voided: told.data.slots_voided,
          })}
        {told.data?.open_items === 0 && "needed" in change && ` ${t("projects.work.stayDone")}`}
      </Text>
    </FormDialog>
  );
}
