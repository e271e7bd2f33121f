import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useMixes } from "@/features/mixes/api";
import { usePromptSets, useRunKinds } from "@/features/train/api";
import { useFirstWrong } from "@/features/train/firstWrong";
import { SettingsForm, type Config } from "@/features/train/SettingsForm";
import { hasFaults, IMPORTANT, type ConfigSchema } from "@/features/train/settings";
import { timeZone } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { savePlan, type Plan, type PlanRequest } from "./api";
import { GateFields } from "./GateFields";
import { hasWrongGate } from "./gates";
import { PickFields } from "./PickFields";
import styles from "./rounds.module.css";
import { WhenFields } from "./WhenFields";

/** What is being written: the plan's fields, with what must be chosen perhaps still empty. */
export type Draft = Omit<PlanRequest, "mix" | "prompt_set" | "rl_prompt_set"> & {
  mix: string | null;
  prompt_set: string | null;
  rl_prompt_set: string | null;
};
const KINDS = ["ppo", "rloo", "grpo"] as const;
/** What no plan goes without. */
const CHOSEN = ["mix", "prompt_set", "rl_prompt_set"] as const;

/** What holds where a field of the plan is left empty. */
export interface Defaults {
  defaults: Partial<PlanRequest>;
}

interface Props extends Defaults {
  projectId: string;
  plan: Plan | null;
  onDone: () => void;
}

/** The whole plan in one form, every field with its default and what it means. */
export function PlanForm({ projectId, plan, defaults, onDone }: Props) {
  const { t } = useText();
  const [draft, setDraft] = useState<Draft>(() => draftOf(plan, defaults));
  const { act, busy, error, fieldError } = useAct([["round-plan", projectId]]);
  const change = (more: Partial<Draft>) => setDraft({ ...draft, ...more });
  const { form, goToFirstWrong } = useFirstWrong();
  const [tried, setTried] = useState(false);
  const errorOf = (field: string) => {
    const missing = tried && CHOSEN.find((each) => each === field && draft[each] === null);
    return missing ? t(`rounds.form.choose.${missing}`) : fieldError(field);
  };
  const kinds = useRunKinds();
  const schemas = kinds.data as unknown as Record<string, ConfigSchema> | undefined;
  const kind = draft.policy_kind ?? "ppo";
  const hasWrong = (of: keyof typeof IMPORTANT, config: Config | undefined) =>
    schemas?.[of] !== undefined && hasFaults(schemas[of], config ?? {});
  const save = async () => {
    setTried(true);
    const { mix, prompt_set, rl_prompt_set } = draft;
    const isWrong =
      hasWrong("reward", draft.reward_config) || hasWrong(kind, draft.policy_config) || hasWrongGate(draft);
    if (mix === null || prompt_set === null || rl_prompt_set === null || isWrong) return goToFirstWrong();
    if (await act(() => savePlan(projectId, { ...draft, mix, prompt_set, rl_prompt_set }))) onDone();
    else goToFirstWrong();
  };
  const settings = (kind: "reward" | (typeof KINDS)[number], field: "reward_config" | "policy_config") =>
    schemas?.[kind] && (
      <SettingsForm
        schema={schemas[kind]}
        important={IMPORTANT[kind]}
        config={draft[field] ?? {}}
        onChange={(config) => change({ [field]: config })}
        errorOf={(name) => fieldError(name.replace("config", field))}
      />
    );
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Section title={t("rounds.form.when")}>
        <WhenFields draft={draft} defaults={defaults} change={change} errorOf={errorOf} />
      </Section>
      <Section title={t("rounds.form.sampling")}>
        <SamplingFields projectId={projectId} draft={draft} change={change} errorOf={errorOf} />
        <PickFields draft={draft} change={change} errorOf={errorOf} />
      </Section>
      <Section title={t("rounds.form.reward")}>{settings("reward", "reward_config")}</Section>
      <Section title={t("rounds.form.policy")}>
        <div className={styles.grid}>
          <Select
            label={t("rounds.form.kind")}
            data={KINDS.map((value) => ({ value, label: t(`train.kind.${value}.name`) }))}
            value={kind}
            allowDeselect={false}
            onChange={(value) => change({ policy_kind: KINDS.find((each) => each === value) ?? "ppo", policy_config: {} })}
          />
          <SetSelect projectId={projectId} field="rl_prompt_set" purpose="rl" draft={draft} change={change} errorOf={errorOf} />
          <SetSelect projectId={projectId} field="evaluation_set" draft={draft} change={change} errorOf={errorOf} />
        </div>
        {settings(kind, "policy_config")}
      </Section>
      <Section title={t("rounds.form.gates")}>
        <p className="muted">{t("rounds.form.gatesHint")}</p>
        <GateFields draft={draft} defaults={defaults} change={change} errorOf={errorOf} />
      </Section>
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("console.save")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("common.cancel")}
        </Button>
      </Group>
    </form>
  );
}

function draftOf(plan: Plan | null, defaults: Defaults["defaults"]): Draft {
  const empty = { mix: null, prompt_set: null, rl_prompt_set: null };
  if (plan === null) return { ...defaults, time_zone: timeZone(), ...empty };
  const { state: _state, changed_at: _at, changed_by: _by, paused_because: _why, ...rest } = plan;
  return rest;
}

export interface FieldProps {
  draft: Draft;
  change: (more: Partial<Draft>) => void;
  errorOf: (field: string) => string | undefined;
}

function SamplingFields({ projectId, ...props }: FieldProps & { projectId: string }) {
  const { t } = useText();
  const mixes = useMixes(projectId);
  const { draft, change, errorOf } = props;
  return (
    <div className={styles.grid}>
      <Select
        label={t("rounds.form.mix")}
        description={t("rounds.form.mixHint")}
        data={(mixes.data ?? []).map((mix) => ({ value: mix.id, label: `${mix.name} v${mix.version}` }))}
        value={draft.mix}
        error={errorOf("mix")}
        onChange={(mix) => change({ mix })}
        searchable
      />
      <SetSelect projectId={projectId} field="prompt_set" {...props} />
      <NumberField
        label={t("rounds.form.prompts")}
        description={t("rounds.form.promptsHint")}
        placeholder={t("rounds.form.allPrompts")}
        value={draft.prompts_per_round}
        min={1}
        whole
        error={errorOf("prompts_per_round")}
        onChange={(value) => change({ prompts_per_round: value })}
      />
    </div>
  );
}

interface SetProps extends FieldProps {
  projectId: string;
  field: "prompt_set" | "rl_prompt_set" | "evaluation_set";
  purpose?: string;
}

function SetSelect({ projectId, field, purpose, draft, change, errorOf }: SetProps) {
  const { t } = useText();
  const sets = usePromptSets(projectId);
  return (
    <Select
      label={t(`rounds.form.${field}`)}
      description={t(`rounds.form.${field}Hint`)}
      data={(sets.data ?? [])
        .filter((set) => set.retired_at === null && (!purpose || set.purpose === purpose))
        .map((set) => ({
          value: set.id,
          label: `${set.name} v${set.version} · ${t(`train.purpose.${set.purpose}`)} · ${set.prompt_count}`,
        }))}
      value={draft[field] ?? null}
      error={errorOf(field)}
      onChange={(value) => change({ [field]: value })}
      clearable={field === "evaluation_set"}
      searchable
    />
  );
}
