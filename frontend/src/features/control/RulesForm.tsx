import { Button, Group, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Awaited, Failure, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { changeRules, readRules, type Rules } from "./api";

interface Props {
  projectId: string;
  isAdmin: boolean;
}

const NUMBERS = [
  ["gold_percent", 20, "%"],
  ["repeat_percent", 20, "%"],
  ["trap_percent", 20, "%"],
  ["repeat_after_items", 10_000, ""],
  ["repeat_after_hours", 8_760, "h"],
  ["gold_policies", 100, ""],
] as const;

/** How much of the work is control. */
export function RulesForm({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const rules = useQuery({ queryKey: ["control-rules", projectId], queryFn: () => readRules(projectId) });
  return (
    <Section title={t("control.view.rules")}>
      <p className="muted">{t("control.rulesLead")}</p>
      <Awaited query={rules}>
        {(found) => <Form projectId={projectId} isAdmin={isAdmin} rules={found} />}
      </Awaited>
    </Section>
  );
}

function Form({ projectId, isAdmin, rules }: Props & { rules: Rules }) {
  const { t } = useText();
  const [wish, setWish] = useState<Rules>(rules);
  const { act, busy, done, error, fieldError } = useAct([["control-rules", projectId]]);
  return (
    <div className={styles.form}>
      {NUMBERS.map(([name, most, unit]) => (
        <NumberField
          key={name}
          label={t(`control.rule.${name}`)}
          description={t(`control.ruleHint.${name}`)}
          min={name === "gold_policies" ? 1 : 0}
          max={most}
          unit={unit}
          whole={unit !== "%"}
          disabled={!isAdmin}
          value={wish[name]}
          standard={empty(name)}
          onChange={(value) => setWish({ ...wish, [name]: value ?? empty(name) })}
          error={fieldError(name)}
        />
      ))}
      <Switch
        label={t("control.rule.tell_gold")}
        description={t("control.ruleHint.tell_gold")}
        disabled={!isAdmin}
        checked={wish.tell_gold}
        onChange={(event) => setWish({ ...wish, tell_gold: event.currentTarget.checked })}
      />
      <Failure error={error} />
      {isAdmin && (
        <Group>
          <Button loading={busy} onClick={() => void act(() => changeRules(projectId, wish))}>
            {t("console.save")}
          </Button>
          <Text role="status">{done ? t("console.saved") : ""}</Text>
        </Group>
      )}
    </div>
  );
}

/** What an empty field stands for. */
function empty(name: string): number | null {
  return name === "gold_policies" ? null : 0;
}
