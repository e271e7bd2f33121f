import { Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useMixes, type Mix } from "@/features/mixes/api";
import { DrawForm } from "@/features/mixes/DrawForm";
import { firstDraft, makeMix } from "@/features/mixes/draft";
import { Draws } from "@/features/mixes/Draws";
import { MixFields } from "@/features/mixes/MixFields";
import { usePlans, useVersions } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { StepFrame, type StepProps } from "./StepFrame";

/** Whose answers stand side by side in one item. Left out, items hold the answers that are there. */
export function MixStep(props: StepProps) {
  const mixes = useMixes(props.project.id);
  return (
    <Awaited query={mixes}>
      {([newest]) => (newest ? <MixThere {...props} mix={newest} /> : <MixToMake {...props} />)}
    </Awaited>
  );
}

function MixToMake({ project, onNext, onBack }: StepProps) {
  const { t } = useText();
  const plans = usePlans(project.id);
  const [mixed, setMixed] = useState(false);
  const [draft, setDraft] = useState(() =>
    firstDraft(project.completions_per_item ?? 4, "base", t("mixes.firstName")),
  );
  const { act, busy, error, fieldError } = useAct([
    ["mixes", project.id],
    ["plans", project.id],
  ]);
  const save = () => {
    if (!mixed) onNext(); // once it is made, this step shows it, with what can be done now
    else void act(() => makeMix(project.id, draft, plans.data ?? [], t("mixes.plainPlan")));
  };
  return (
    <StepFrame
      title={t("projects.wizard.mix.title")}
      lead={t("projects.wizard.mix.lead")}
      busy={busy}
      error={error}
      onSave={save}
      onSkip={onNext}
      onBack={onBack}
    >
      <Radio.Group
        label={t("projects.wizard.mix.choice")}
        value={mixed ? "mixed" : "given"}
        onChange={(value) => setMixed(value === "mixed")}
      >
        <Stack gap="xs" mt="xs">
          {(["given", "mixed"] as const).map((each) => (
            <Radio
              key={each}
              value={each}
              label={t(`projects.wizard.mix.${each}`)}
              description={t(`projects.wizard.mix.${each}Hint`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {mixed && <MixFields projectId={project.id} draft={draft} errorOf={fieldError} onChange={setDraft} />}
    </StepFrame>
  );
}

/** The mix is made: sample by it where there is a policy, or say what it waits for. */
function MixThere({ project, mix, onNext, onBack }: StepProps & { mix: Mix }) {
  const { t } = useText();
  const versions = useVersions(project.id);
  const hasPolicy = versions.data?.some(({ kind, status }) => kind === "policy" && status !== "retired");
  return (
    <StepFrame
      title={t("projects.wizard.mix.title")}
      lead={t("projects.wizard.mix.madeLead", { name: mix.name, version: mix.version })}
      next={t("projects.wizard.goOn")}
      onSave={onNext}
      onBack={onBack}
      beside={
        hasPolicy && (
          <>
            <DrawForm projectId={project.id} mix={mix} />
            <Draws projectId={project.id} mix={mix} />
          </>
        )
      }
    >
      {versions.data && !hasPolicy && (
        <Notice tone="calm">
          {t("projects.wizard.mix.noPolicy")}
        </Notice>
      )}
      <p>
        <Link to={paths.manage(project.id, `sampling?mix=${mix.id}`)}>{t("projects.wizard.mix.toMixes")}</Link>
      </p>
    </StepFrame>
  );
}
