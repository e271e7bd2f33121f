import { Button, Group, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Awaited } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { publishGuideline, readGuidelines } from "@/features/manage/api";
import { useText } from "@/lib/i18n";
import { guidelinesFor } from "./content";
import { StepFrame, type StepProps } from "./StepFrame";

/** The instructions: what is published already, or a text to start from. */
export function GuidelinesStep(props: StepProps) {
  const published = useQuery({
    queryKey: ["guidelines", props.project.id],
    queryFn: () => readGuidelines(props.project.id),
  });
  return (
    <Awaited query={published}>
      {(found) => <Editor {...props} standing={found.results[0]?.text ?? null} />}
    </Awaited>
  );
}

function Editor({ project, purpose, onNext, onBack, standing }: StepProps & { standing: string | null }) {
  const { t } = useText();
  const template = guidelinesFor(purpose, project.language);
  const [text, setText] = useState(standing ?? template);
  const { act, busy, error } = useAct([["guidelines", project.id]]);
  const save = async () => {
    if (text === standing || text.trim() === "") onNext();
    else if (await act(() => publishGuideline(project.id, text, ""))) onNext();
  };
  return (
    <StepFrame
      title={t("projects.wizard.guidelines.title")}
      lead={t("projects.wizard.guidelines.lead")}
      busy={busy}
      error={error}
      onSave={() => void save()}
      onSkip={onNext}
      onBack={onBack}
    >
      <Textarea
        label={t("projects.wizard.guidelines.text")}
        lang={project.language}
        autosize
        minRows={14}
        maxRows={28}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group>
        <Button variant="default" onClick={() => setText(template)}>
          {t("projects.wizard.guidelines.template")}
        </Button>
      </Group>
    </StepFrame>
  );
}
