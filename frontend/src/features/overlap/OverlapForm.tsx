import { Button, Checkbox, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { readGroups } from "@/features/groups/api";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { changeOverlap, type Overlap } from "./api";

interface Props {
  projectId: string;
  isAdmin: boolean;
  overlap: Overlap;
}

/** Name, lowest, highest, the unit shown, and how many of it make one of the server's. */
const NUMBERS = [
  ["most", 2, 9, "", 1],
  ["risk", 1, 50, "%", 100],
  ["audit_percent", 0, 100, "%", 1],
  ["budget", 0, 2_000_000_000, "", 1],
] as const;
const MODES = ["flat", "adaptive"] as const;

/** Flat or adaptive, and the bounds of what is bought. */
export function OverlapForm({ projectId, isAdmin, overlap }: Props) {
  const { t } = useText();
  const [wish, setWish] = useState(overlap);
  const [lookBack, setLookBack] = useState(false);
  const { act, busy, done, error, fieldError } = useAct([["overlap", projectId]]);
  const { mode, most, risk, audit_percent, budget, group } = wish;
  /** What an empty field stands for: no limit for the budget, otherwise what holds so far. */
  const usual = (name: (typeof NUMBERS)[number][0]) => (name === "budget" ? null : overlap[name]);
  const save = () =>
    act(() =>
      changeOverlap(projectId, {
        ...(mode === "flat" ? { mode } : { mode, most, risk, audit_percent, budget, group }),
        look_back: lookBack && mode === "adaptive",
      }),
    );
  return (
    <Section title={t("overlap.choice")}>
      <div className={styles.form}>
        <SegmentedControl
          aria-label={t("overlap.choice")}
          disabled={!isAdmin}
          data={MODES.map((value) => ({ value, label: t(`overlap.mode.${value}`) }))}
          value={mode}
          onChange={(value) => setWish({ ...wish, mode: value === "adaptive" ? "adaptive" : "flat" })}
        />
        <p className={styles.small}>{t(`overlap.modeHint.${mode}`, { count: overlap.first })}</p>
        {mode === "adaptive" && (
          <>
            {NUMBERS.map(([name, low, high, unit, times]) => (
              <NumberField
                key={name}
                label={t(`overlap.rule.${name}`)}
                description={t(`overlap.ruleHint.${name}`)}
                min={low}
                max={high}
                unit={unit}
                times={times}
                whole={unit === ""}
                disabled={!isAdmin}
                value={wish[name]}
                standard={usual(name)}
                onChange={(value) => setWish({ ...wish, [name]: value ?? usual(name) })}
                error={fieldError(name)}
              />
            ))}
            <WhoGetsIt projectId={projectId} isAdmin={isAdmin} group={group} onChange={(key) => setWish({ ...wish, group: key })} />
            {isAdmin && (
              <Checkbox
                label={t("overlap.lookBack")}
                description={t("overlap.lookBackHint")}
                checked={lookBack}
                onChange={(event) => setLookBack(event.currentTarget.checked)}
              />
            )}
          </>
        )}
        <Failure error={error} />
        {isAdmin && (
          <Group>
            <Button loading={busy} onClick={() => void save()}>
              {t("console.save")}
            </Button>
            <Text role="status">{done ? t("console.saved") : ""}</Text>
          </Group>
        )}
      </div>
    </Section>
  );
}

interface WhoProps {
  projectId: string;
  isAdmin: boolean;
  group: string | null;
  onChange: (group: string | null) => void;
}

function WhoGetsIt({ projectId, isAdmin, group, onChange }: WhoProps) {
  const { t } = useText();
  const groups = useQuery({
    queryKey: ["groups", projectId],
    queryFn: () => readGroups(projectId),
    enabled: isAdmin,
  });
  if (!isAdmin) return null;
  return (
    <Select
      label={t("overlap.rule.group")}
      description={t("overlap.ruleHint.group")}
      placeholder={t("overlap.everybody")}
      data={(groups.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
      value={group}
      onChange={onChange}
      clearable
      clearButtonProps={{ "aria-label": t("explorer.clear") }}
    />
  );
}

