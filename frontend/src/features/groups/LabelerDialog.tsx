import { TagsInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { changeLabeler, type LabelerWork } from "./api";
import { GroupsField } from "./GroupsField";

interface Props {
  projectId: string;
  labeler: LabelerWork;
  onClose: () => void;
}

/** Which groups a labeler is in, what they read, and how much they may do in 24 hours. */
export function LabelerDialog({ projectId, labeler, onClose }: Props) {
  const { t } = useText();
  const [groups, setGroups] = useState(() => labeler.groups.map((one) => one.id));
  const [languages, setLanguages] = useState(() => [...labeler.languages]);
  const [cap, setCap] = useState(labeler.daily_cap);
  const { act, busy, error, fieldError } = useAct([["labelers", projectId], ["groups", projectId], ["assignments", projectId]]);
  const save = async () => {
    const body = { groups, languages, daily_cap: cap };
    if (await act(() => changeLabeler(projectId, labeler.user_id, body))) onClose();
  };
  return (
    <FormDialog
      title={labeler.display_name || labeler.username}
      send={t("console.save")}
      opened
      busy={busy}
      error={fieldError("languages") ? null : error}
      onClose={onClose}
      onSend={() => void save()}
    >
      <GroupsField projectId={projectId} value={groups} onChange={setGroups} error={fieldError("groups")} />
      <TagsInput
        label={t("projects.labelers.languages")}
        description={t("projects.labelers.languagesHint")}
        data={["en", "zh-Hans", "zh-Hant"]}
        value={languages}
        onChange={setLanguages}
        error={fieldError("languages")}
      />
      <NumberField
        label={t("projects.labelers.cap")}
        description={t("projects.labelers.capHint")}
        whole
        min={1}
        value={cap}
        onChange={setCap}
        error={fieldError("daily_cap")}
      />
    </FormDialog>
  );
}
