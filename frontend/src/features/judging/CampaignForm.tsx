import { Button, Group, MultiSelect, Select, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { OpenModal } from "@/features/console/OpenModal";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useBegun } from "@/features/console/useBegun";
import { usePlans, usePromptSets, useVersions } from "@/features/train/api";
import styles from "@/features/train/train.module.css";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import { beginCampaign, type Campaign, type CampaignRequest } from "./api";
import { withSameFiles } from "./names";

interface Props {
  projectId: string;
  onClose: () => void;
  onBegun: (campaign: Campaign) => void;
}

const EMPTY: CampaignRequest = {
  name: "",
  versions: [],
  prompt_set: "",
  plan: "",
  prompts: 200,
  judgments: 1,
  tags: [],
  languages: [],
  with_reference: false,
  is_for_training: false,
};

/** Which versions meet, on which prompts, how often. What was begun is there again, unless it was cancelled. */
export function CampaignForm({ projectId, onClose, onBegun }: Props) {
  const { t } = useText();
  const begun = useBegun<CampaignRequest>(`campaign.${projectId}`);
  const [draft, setDraft] = useState<CampaignRequest>(() => ({ ...EMPTY, ...begun.read() }));
  const [key] = useState(newUuid);
  const { act, busy, error, fieldError } = useAct([["campaigns", projectId]]);
  const change = (more: Partial<CampaignRequest>) => {
    const next = { ...draft, ...more };
    setDraft(next);
    begun.keep(next);
  };
  const begin = async () => {
    const made = await act(() => beginCampaign(projectId, draft, key));
    if (!made) return;
    begun.forget();
    onBegun(made);
  };
  const cancel = () => {
    begun.forget();
    onClose();
  };
  const props = { projectId, draft, change, errorOf: fieldError };
  return (
    <OpenModal onClose={onClose} title={t("judging.new")} size="xl">
      <Stack>
        <TextInput
          label={t("console.name")}
          value={draft.name}
          error={fieldError("name")}
          data-autofocus
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <WhoFields {...props} />
        <WhatFields {...props} />
        <Switch
          label={t("judging.form.comesFirst")}
          description={t("judging.form.comesFirstHint")}
          checked={draft.comes_first ?? false}
          onChange={(event) => change({ comes_first: event.currentTarget.checked })}
        />
        <Switch
          label={t("judging.form.forTraining")}
          description={t("judging.form.forTrainingHint")}
          checked={draft.is_for_training ?? false}
          onChange={(event) => change({ is_for_training: event.currentTarget.checked })}
        />
        <Failure error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            {t("common.cancel")}
          </Button>
          <Button
            loading={busy}
            disabled={!draft.name || draft.versions.length === 0 || !draft.prompt_set || !draft.plan}
            onClick={() => void begin()}
          >
            {t("judging.begin")}
          </Button>
        </Group>
      </Stack>
    </OpenModal>
  );
}

interface FieldProps {
  projectId: string;
  draft: CampaignRequest;
  change: (more: Partial<CampaignRequest>) => void;
  errorOf: (field: string) => string | undefined;
}

function WhoFields({ projectId, draft, change, errorOf }: FieldProps) {
  const { t } = useText();
  const versions = useVersions(projectId);
  const choices = (versions.data ?? [])
    .filter((version) => version.kind === "policy" && version.status !== "retired")
    .sort((a, b) => b.number - a.number)
    .map((version) => ({
      value: version.id,
      label: `${version.number} ${version.name} · ${t(`train.versions.state.${version.status}`)}`,
    }));
  return (
    <>
      <MultiSelect
        label={t("judging.form.versions")}
        description={t("judging.form.versionsHint")}
        data={choices}
        value={draft.versions}
        maxValues={9}
        error={errorOf("versions") ?? errorOf("rows")}
        searchable
        onChange={(chosen) => change({ versions: chosen, base: chosen.includes(draft.base ?? "") ? draft.base : null })}
      />
      {withSameFiles(versions.data ?? [], draft.versions).map((alike) => (
        <Notice key={alike[0]?.id} tone="warn">
          {t("judging.form.sameFiles", { versions: alike.map(({ number, name }) => `${number} ${name}`).join(", ") })}
        </Notice>
      ))}
      <Select
        label={t("judging.form.base")}
        description={t("judging.form.baseHint")}
        placeholder={t("judging.form.baseFirst")}
        data={choices.filter(({ value }) => draft.versions.includes(value))}
        value={draft.base ?? null}
        error={errorOf("base")}
        clearable
        onChange={(base) => change({ base })}
      />
      <Switch
        label={t("judging.form.withReference")}
        description={t("judging.form.withReferenceHint")}
        checked={draft.with_reference ?? false}
        onChange={(event) => change({ with_reference: event.currentTarget.checked })}
      />
    </>
  );
}

function WhatFields({ projectId, draft, change, errorOf }: FieldProps) {
  const { t } = useText();
  const plans = usePlans(projectId);
  const sets = usePromptSets(projectId);
  const number = (name: "prompts" | "judgments") => (
    <NumberField
      label={t(`judging.form.${name}`)}
      description={t(`judging.form.${name}Hint`)}
      value={draft[name]}
      standard={EMPTY[name]}
      min={1}
      whole
      error={errorOf(name)}
      onChange={(value) => change({ [name]: value ?? EMPTY[name] })}
    />
  );
  const words = (name: "tags" | "languages") => (
    <TagsInput
      label={t(`judging.form.${name}`)}
      placeholder={draft[name]?.length ? "" : t("judging.form.any")}
      value={draft[name] ?? []}
      error={errorOf(name)}
      onChange={(value) => change({ [name]: value })}
    />
  );
  return (
    <div className={styles.grid}>
      <Select
        label={t("judging.form.promptSet")}
        description={t("judging.form.promptSetHint")}
        data={(sets.data ?? [])
          .filter((set) => set.retired_at === null && set.purpose === "evaluation")
          .map((set) => ({ value: set.id, label: `${set.name} v${set.version} · ${set.prompt_count}` }))}
        value={draft.prompt_set || null}
        error={errorOf("prompt_set")}
        nothingFoundMessage={t("train.form.nothingFound")}
        searchable
        onChange={(value) => change({ prompt_set: value ?? "" })}
      />
      <Select
        label={t("train.input.plan")}
        description={t("judging.form.planHint")}
        data={(plans.data ?? []).map((plan) => ({ value: plan.id, label: plan.name }))}
        value={draft.plan || null}
        error={errorOf("plan")}
        searchable
        onChange={(value) => change({ plan: value ?? "" })}
      />
      {number("prompts")}
      {number("judgments")}
      {words("tags")}
      {words("languages")}
    </div>
  );
}
