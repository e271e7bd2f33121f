import { Button, Group, Select, TextInput } from "@mantine/core";
import { useRef } from "react";
import { flushSync } from "react-dom";
import { usePlans, useVersions } from "@/features/train/api";
import styles from "@/features/train/train.module.css";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import type { MixRow } from "./api";
import type { MixDraft } from "./draft";

interface Props {
  projectId: string;
  draft: MixDraft;
  errorOf: (field: string) => string | undefined;
  onChange: (draft: MixDraft) => void;
}

const POLICIES = ["promoted", "previous", "base", "version"] as const;
const EMPTY: MixRow = { policy: "promoted", plan: "", count: 1 };
const MOST_ROWS = 9;

/** What a mix says: its name, whose answers fill the places of an item, and how many are older. */
export function MixFields({ projectId, draft, errorOf, onChange }: Props) {
  const { t } = useText();
  const { name, rows, older_percent: older, seed } = draft;
  const put = (part: Partial<MixDraft>) => onChange({ ...draft, ...part });
  const change = (at: number, part: Partial<MixRow>) =>
    put({ rows: rows.map((row, index) => (index === at ? { ...row, ...part } : row)) });
  const add = useRef<HTMLButtonElement>(null);
  const remove = (at: number) => {
    flushSync(() => put({ rows: rows.filter((_, index) => index !== at) }));
    if (document.activeElement === document.body) add.current?.focus(); // its button went with the row
  };
  return (
    <>
      <TextInput
        label={t("console.name")}
        value={name}
        error={errorOf("name")}
        data-autofocus
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      {rows.map((row, at) => (
        <RowFields
          key={at}
          projectId={projectId}
          row={row}
          number={at + 1}
          errorOf={(field) => errorOf(`rows.${at}.${field}`)}
          onChange={(part) => change(at, part)}
          onRemove={rows.length > 1 ? () => remove(at) : undefined}
        />
      ))}
      <Group>
        <Button
          ref={add}
          variant="default"
          size="xs"
          disabled={rows.length >= MOST_ROWS}
          onClick={() => put({ rows: [...rows, EMPTY] })}
        >
          {t("mixes.addRow")}
        </Button>
        <span className="muted">
          {t("mixes.sum", { count: rows.reduce((sum, row) => sum + row.count, 0) })}
        </span>
      </Group>
      <div className={styles.grid}>
        <NumberField
          label={t("mixes.olderPercent")}
          description={t("mixes.olderHint")}
          value={older}
          standard={0}
          whole
          error={errorOf("older_percent")}
          onChange={(value) => put({ older_percent: value ?? 0 })}
        />
        <NumberField
          label={t("mixes.seed")}
          description={t("mixes.seedHint")}
          value={seed}
          standard={0}
          whole
          error={errorOf("seed")}
          onChange={(value) => put({ seed: value ?? 0 })}
        />
      </div>
    </>
  );
}

interface RowProps {
  projectId: string;
  row: MixRow;
  number: number;
  errorOf: (field: keyof MixRow) => string | undefined;
  onChange: (part: Partial<MixRow>) => void;
  onRemove: (() => void) | undefined;
}

function RowFields({ projectId, row, number, errorOf, onChange, onRemove }: RowProps) {
  const { t } = useText();
  const plans = usePlans(projectId);
  const versions = useVersions(projectId);
  const policies = (versions.data ?? []).filter(
    (version) => version.kind === "policy" && version.status !== "retired",
  );
  return (
    <div className={styles.grid} role="group" aria-label={t("mixes.row", { number })}>
      <Select
        label={t("train.input.policy_version")}
        data={POLICIES.map((value) => ({ value, label: t(`mixes.policy.${value}`) }))}
        value={row.policy}
        allowDeselect={false}
        error={errorOf("policy")}
        onChange={(value) =>
          onChange({ policy: POLICIES.find((each) => each === value) ?? "promoted", policy_version: null })
        }
      />
      {row.policy === "version" && (
        <Select
          label={t("mixes.version")}
          data={policies.map((version) => ({ value: version.id, label: `${version.number} ${version.name}` }))}
          value={row.policy_version ?? null}
          error={errorOf("policy_version")}
          searchable
          onChange={(value) => onChange({ policy_version: value })}
        />
      )}
      <Select
        label={t("train.input.plan")}
        placeholder={plans.data?.length === 0 ? t("mixes.plainPlan") : t("mixes.firstPlan")}
        data={(plans.data ?? []).map((plan) => ({ value: plan.id, label: `${plan.name} (n = ${plan.n})` }))}
        value={row.plan || null}
        error={errorOf("plan")}
        searchable
        onChange={(value) => onChange({ plan: value ?? "" })}
      />
      <NumberField
        label={t("mixes.count")}
        value={row.count}
        standard={EMPTY.count}
        whole
        error={errorOf("count")}
        onChange={(value) => onChange({ count: value ?? EMPTY.count })}
      />
      {onRemove && (
        <Button variant="subtle" size="xs" style={{ justifySelf: "start" }} onClick={onRemove}>
          {t("mixes.removeRow", { number })}
        </Button>
      )}
    </div>
  );
}
