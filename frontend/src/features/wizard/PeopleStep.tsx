import { Group, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/features/auth/session";
import { Awaited } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { AddPerson } from "@/features/manage/AddPerson";
import { readMembers } from "@/features/manage/api";
import { useText } from "@/lib/i18n";
import { joinAsLabeler } from "./api";
import { StepFrame, type StepProps } from "./StepFrame";

/** Who labels: oneself, to see it with one's own eyes, and others. */
export function PeopleStep({ project, onNext, onBack }: StepProps) {
  const { t } = useText();
  const me = useMe();
  const [myself, setMyself] = useState(true);
  const members = useQuery({
    queryKey: ["members", project.id],
    queryFn: () => readMembers(project.id),
  });
  const { act, busy, error } = useAct([["me"], ["members", project.id], ["labelers", project.id]]);
  const held = me.memberships.find((each) => each.project.id === project.id)?.roles ?? [];
  const save = async () => {
    if (myself && !(await act(() => joinAsLabeler(project.id, me.id, held).then(() => true)))) return;
    onNext();
  };
  return (
    <StepFrame
      title={t("projects.wizard.people.title")}
      lead={t("projects.wizard.people.lead")}
      busy={busy}
      error={error}
      onSave={() => void save()}
      onSkip={onNext}
      onBack={onBack}
    >
      <Switch
        label={t("projects.wizard.people.myself")}
        description={t("projects.wizard.people.myselfHint")}
        checked={myself}
        onChange={(event) => setMyself(event.currentTarget.checked)}
      />
      <Group>
        <AddPerson projectId={project.id} />
      </Group>
      <Awaited query={members}>
        {(found) => (
          <Text size="sm">
            {t("projects.wizard.people.labelers", {
              names:
                found.results
                  .filter((one) => one.roles.includes("labeler"))
                  .map((one) => one.display_name || one.username)
                  .join(", ") || "–",
            })}
          </Text>
        )}
      </Awaited>
    </StepFrame>
  );
}
