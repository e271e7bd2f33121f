import { Button, Group, Switch } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { saveRadar, type Radar, type RadarWish } from "./api";
import styles from "./radar.module.css";

const QUANTILES = ["reward_quantile", "kl_quantile", "disagreement_quantile"] as const;

interface Props {
  projectId: string;
  runId: string;
  settings: Radar["settings"];
}

/** How the project's radar looks: for all runs of the project, from now on. */
export function SettingsForm({ projectId, runId, settings }: Props) {
  const { t, language } = useText();
  const { changed_by, changed_at, ...current } = settings;
  const [draft, setDraft] = useState<RadarWish>(current);
  const { act, busy, done, error, fieldError } = useAct([["radar", runId]]);
  const change = (more: Partial<RadarWish>) => setDraft({ ...draft, ...more });
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void act(() => saveRadar(projectId, draft));
      }}
    >
      <Switch
        label={t("radar.settings.isOn")}
        description={t("radar.settings.isOnHint")}
        checked={draft.is_on}
        onChange={(event) => change({ is_on: event.currentTarget.checked })}
      />
      <div className={styles.grid}>
        <NumberField
          label={t("radar.settings.perRun")}
          description={t("radar.settings.perRunHint")}
          value={draft.per_run}
          standard={settings.per_run}
          min={1}
          max={200}
          whole
          error={fieldError("per_run")}
          onChange={(value) => change({ per_run: value ?? undefined })}
        />
        <NumberField
          label={t("radar.settings.judgments")}
          description={t("radar.settings.judgmentsHint")}
          placeholder={t("radar.settings.asProject")}
          value={draft.judgments}
          min={1}
          max={50}
          whole
          error={fieldError("judgments")}
          onChange={(value) => change({ judgments: value })}
        />
        {QUANTILES.map((name) => (
          <NumberField
            key={name}
            label={t(`radar.settings.${name}`)}
            description={t(`radar.settings.${name}Hint`)}
            unit="%"
            times={100}
            value={draft[name]}
            standard={settings[name]}
            min={0}
            max={99}
            error={fieldError(name)}
            onChange={(value) => change({ [name]: value ?? undefined })}
          />
        ))}
      </div>
      <Failure error={error} />
      <Group gap="md">
        <Button type="submit" size="xs" loading={busy}>
          {t("console.save")}
        </Button>
        <span className="muted" role="status">
          {done
            ? t("console.saved")
            : changed_at && t("radar.settings.changed", { by: changed_by, at: formatTime(changed_at, language) })}
        </span>
      </Group>
    </form>
  );
}
