import { Radio, Stack, Switch } from "@mantine/core";
import { Section } from "@/features/console/parts";
import { AXES, axisWords, FLAGS, flagWords } from "@/features/labeling/names";
import type { Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { WordsField } from "./WordsField";

const MODES = ["tiers", "duel", "guided", "best_worst", "drag_list"] as const;
const STEPS = ["grade", "confirm"] as const;
const SWITCHES = ["allow_ties", "draw_cut", "write_better", "mark_spans", "take_notes"] as const;

export type Screen = Pick<Project, "mode" | "steps" | "axes" | "flags" | (typeof SWITCHES)[number]>;

/** What of a project decides how its labelers work. */
export function screenOf(project: Project): Screen {
  const { mode, steps, axes, flags, allow_ties, draw_cut, write_better, mark_spans, take_notes } = project;
  return { mode, steps, axes, flags, allow_ties, draw_cut, write_better, mark_spans, take_notes };
}

/** Steps and highlighted passages belong to tiers: the other modes show none, so they are not kept on. */
function inMode(mode: Screen["mode"]): Partial<Screen> {
  return mode === "tiers" ? { mode } : { mode, steps: [], mark_spans: false };
}

interface Props {
  screen: Screen;
  onChange: (change: Partial<Screen>) => void;
  complaint: (field: string) => string | undefined;
}

/** How labelers put answers in order, and what else they are asked for. */
export function ScreenFields({ screen, onChange, complaint }: Props) {
  const { t } = useText();
  const isTiers = screen.mode === "tiers";
  const withStep = (step: (typeof STEPS)[number], on: boolean) =>
    STEPS.filter((each) => (each === step ? on : screen.steps.includes(each)));
  return (
    <Section title={t("manage.settings.screen")}>
      <Stack gap="lg">
        <Radio.Group
          label={t("manage.settings.mode.label")}
          value={screen.mode}
          onChange={(mode) => onChange(inMode(mode as Screen["mode"]))}
          error={complaint("mode")}
        >
          <Stack gap="xs" mt="xs">
            {MODES.map((mode) => (
              <Radio
                key={mode}
                value={mode}
                label={t(`manage.settings.mode.${mode}`)}
                description={t(`manage.settings.modeHint.${mode}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        {STEPS.map((step) => (
          <Switch
            key={step}
            label={t(`manage.settings.step.${step}`)}
            description={isTiers ? t(`manage.settings.stepHint.${step}`) : t("manage.settings.onlyTiers")}
            disabled={!isTiers}
            checked={screen.steps.includes(step)}
            onChange={(event) => onChange({ steps: withStep(step, event.currentTarget.checked) })}
          />
        ))}
        <WordsField
          label={t("manage.settings.axes")}
          hint={t("manage.settings.axesHint")}
          known={AXES}
          wordsFor={(axis) => axisWords(t, axis)}
          value={screen.axes}
          onChange={(axes) => onChange({ axes })}
          error={complaint("axes")}
        />
        <WordsField
          label={t("manage.settings.flags")}
          hint={t("manage.settings.flagsHint")}
          known={FLAGS}
          wordsFor={(flag) => flagWords(t, flag)}
          value={screen.flags}
          onChange={(flags) => onChange({ flags })}
          error={complaint("flags")}
        />
        {SWITCHES.map((field) => (
          <Switch
            key={field}
            label={t(`manage.settings.${field}`)}
            description={
              field === "mark_spans" && !isTiers
                ? t("manage.settings.onlyTiers")
                : t(`manage.settings.hint.${field}`)
            }
            disabled={field === "mark_spans" && !isTiers}
            checked={screen[field]}
            onChange={(event) => onChange({ [field]: event.currentTarget.checked })}
            error={complaint(field)}
          />
        ))}
      </Stack>
    </Section>
  );
}
