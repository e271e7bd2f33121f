import { NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { useAct } from "@/features/console/useAct";
import { LANGUAGE_CODES, LANGUAGES, useText, type Language } from "@/lib/i18n";
import { createProject } from "./api";
import { PURPOSES, setupFor, type Purpose } from "./plan";
import { rememberPlace } from "./remembered";
import { StepFrame } from "./StepFrame";

/** What for, in which language, under which name: then there is a project, paused until it is ready. */
export function StartStep() {
  const { t, language: mine } = useText();
  const navigate = useNavigate();
  const [purpose, setPurpose] = useState<Purpose>("compare");
  const [language, setLanguage] = useState<Language>(mine);
  const [name, setName] = useState("");
  const { act, busy, error, fieldError } = useAct([["me"], ["projects"]]);
  const save = async () => {
    const setup = setupFor(purpose);
    const made = await act(() =>
      createProject({
        name,
        language,
        state: "paused",
        ...setup.screen,
        completions_per_item: setup.completions,
        judgments_per_item: setup.judgments,
      }),
    );
    if (!made) return;
    rememberPlace(made.id, { step: "screen", purpose });
    void navigate(`${paths.wizard(made.id)}?step=screen`);
  };
  return (
    <StepFrame
      title={t("projects.wizard.start.title")}
      lead={t("projects.wizard.start.lead")}
      busy={busy}
      error={error}
      onSave={() => void save()}
    >
      <Radio.Group
        label={t("projects.wizard.start.purpose")}
        value={purpose}
        onChange={(value) => setPurpose(value as Purpose)}
      >
        <Stack gap="xs" mt="xs">
          {PURPOSES.map((each) => (
            <Radio
              key={each}
              value={each}
              label={t(`projects.wizard.purpose.${each}`)}
              description={t(`projects.wizard.purposeHint.${each}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <NativeSelect
        label={t("manage.settings.language")}
        value={language}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
        data={LANGUAGE_CODES.map((value) => ({ value, label: LANGUAGES[value] }))}
      />
      <TextInput
        label={t("projects.wizard.start.name")}
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fieldError("name")}
      />
    </StepFrame>
  );
}
