import { Button, Checkbox, Group, NumberInput, SegmentedControl, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { readGroups } from "@/features/groups/api";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { changeOverlap, type Overlap } from "./api";

interface Props {
  projectId: string;
  isAdmin: boolean;
  overlap: Overlap;
}

/** Name, lowest, highest, and how many of the unit shown make one of the server's. */
const NUMBERS = [
  ["most", 2, 9, 1],
  ["risk", 1, 50, 100],
  ["audit_percent", 0, 100, 1],
  ["budget", 0, 2_000_000_000, 1],
] as const;
const MODES = ["flat", "adaptive"] as const;

/** Flat or adaptive, and the bounds of what is bought. */
export function OverlapForm({ projectId, isAdmin, overlap }: Props) {
  const { t } = useText();
  const [wish, setWish] = useState(overlap);
  const [lookBack, setLookBack] = useState(false);
  const { act, busy, done, error, fieldError } = useAct([["overlap", projectId]]);
  const { mode, most, risk, audit_percent, budget, group } = wish;
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
            {NUMBERS.map(([name, low, high, times]) => (
              <NumberInput
                key={name}
                label={t(`overlap.rule.${name}`)}
                description={t(`overlap.ruleHint.${name}`)}
                min={low}
                max={high}
                suffix={name === "risk" || name === "audit_percent" ? " %" : ""}
                decimalScale={name === "risk" || name === "audit_percent" ? 1 : 0}
                hideControls
                disabled={!isAdmin}
                value={shown(wish[name], times)}
                onChange={(value) => setWish({ ...wish, [name]: given(name, value, times) })}
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

/** In the unit of the form; empty where there is no limit. */
function shown(value: number | null, times: number): number | "" {
  return value === null ? "" : Math.round(value * times * 10) / 10;
}

/** In the unit of the server. Only the budget may be left empty: no limit. */
function given(name: string, value: number | string, times: number): number | null {
  if (typeof value === "number") return value / times;
  return name === "budget" ? null : 0;
}
