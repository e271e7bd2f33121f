import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useAct } from "@/features/console/useAct";
import { changeProject } from "@/features/manage/api";
import { ScreenFields, screenOf, type Screen } from "@/features/manage/ScreenFields";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { PRESETS, SETUPS, type Preset } from "./plan";
import { Preview } from "./Preview";
import { StepFrame, type StepProps } from "./StepFrame";
import styles from "./wizard.module.css";

/** The labeling screen, from a preset or one's own, with a small picture of it that follows. */
export function ScreenStep({ project, onNext, onBack }: StepProps) {
  const { t } = useText();
  const [screen, setScreen] = useState(() => screenOf(project));
  const usual = { completions: project.completions_per_item ?? 4, judgments: project.judgments_per_item ?? 1 };
  const [completions, setCompletions] = useState<number | null>(usual.completions);
  const [judgments, setJudgments] = useState<number | null>(usual.judgments);
  const { act, busy, error, fieldError } = useAct([["project", project.id]]);
  const change = (part: Partial<Screen>) => {
    setScreen((before) => ({ ...before, ...part }));
    if (part.mode === "duel") setCompletions(2);
  };
  const take = (preset: Preset) => {
    setScreen(SETUPS[preset].screen);
    setCompletions(SETUPS[preset].completions);
    setJudgments(SETUPS[preset].judgments);
  };
  const save = async () => {
    const numbers = {
      completions_per_item: completions ?? usual.completions,
      judgments_per_item: judgments ?? usual.judgments,
    };
    if (await act(() => changeProject(project.id, { ...screen, ...numbers }))) onNext();
  };
  return (
    <StepFrame
      title={t("projects.wizard.screen.title")}
      lead={t("projects.wizard.screen.lead")}
      busy={busy}
      error={error}
      onSave={() => void save()}
      onSkip={onNext}
      onBack={onBack}
    >
      <Group role="group" aria-label={t("projects.wizard.screen.presets")}>
        {PRESETS.map((preset) => (
          <Button key={preset} variant="default" onClick={() => take(preset)}>
            {t(`projects.wizard.preset.${preset}`)}
          </Button>
        ))}
      </Group>
      <div className={styles.beside}>
        <Stack gap="lg">
          <NumberField
            label={t("manage.settings.completions_per_item")}
            description="2–9"
            min={2}
            max={9}
            whole
            value={completions}
            standard={usual.completions}
            onChange={setCompletions}
            error={fieldError("completions_per_item")}
          />
          <NumberField
            label={t("manage.settings.judgments_per_item")}
            description="1–50"
            min={1}
            max={50}
            whole
            value={judgments}
            standard={usual.judgments}
            onChange={setJudgments}
            error={fieldError("judgments_per_item")}
          />
          <ScreenFields screen={screen} onChange={change} complaint={fieldError} />
        </Stack>
        <Preview screen={screen} completions={completions ?? usual.completions} />
      </div>
    </StepFrame>
  );
}
