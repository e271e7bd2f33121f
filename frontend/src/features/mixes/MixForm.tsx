import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePlans, useVersions } from "@/features/train/api";
import styles from "@/features/train/train.module.css";
import { useText } from "@/lib/i18n";
import { createMix, type Mix, type MixRow } from "./api";

interface Props {
  projectId: string;
  onClose: () => void;
  onCreated: (mix: Mix) => void;
}

const POLICIES = ["promoted", "previous", "base", "version"] as const;
const EMPTY: MixRow = { policy: "promoted", plan: "", count: 2 };
const MOST_ROWS = 9;

/** A mix never changes; the name of another makes its next version. */
export function MixForm({ projectId, onClose, onCreated }: Props) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [rows, setRows] = useState<MixRow[]>([EMPTY, { ...EMPTY, policy: "previous" }]);
  const [older, setOlder] = useState(15);
  const [seed, setSeed] = useState(0);
  const { act, busy, error, fieldError } = useAct([["mixes", projectId]]);
  const change = (at: number, part: Partial<MixRow>) =>
    setRows(rows.map((row, index) => (index === at ? { ...row, ...part } : row)));
  const create = async () => {
    const made = await act(() => createMix(projectId, { name, rows, older_percent: older, seed }));
    if (!made) return;
    onCreated(made);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("mixes.new")}
      size="xl"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <TextInput
          label={t("console.name")}
          value={name}
          error={fieldError("name")}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {rows.map((row, at) => (
          <RowFields
            key={at}
            projectId={projectId}
            row={row}
            number={at + 1}
            errorOf={(field) => fieldError(`rows.${at}.${field}`)}
            onChange={(part) => change(at, part)}
            onRemove={rows.length > 1 ? () => setRows(rows.filter((_, index) => index !== at)) : undefined}
          />
        ))}
        <Group>
          <Button
            variant="default"
            size="xs"
            disabled={rows.length >= MOST_ROWS}
            onClick={() => setRows([...rows, EMPTY])}
          >
            {t("mixes.addRow")}
          </Button>
          <span className="muted">
            {t("mixes.sum", { count: rows.reduce((sum, row) => sum + row.count, 0) })}
          </span>
        </Group>
        <div className={styles.grid}>
          <NumberInput
            label={t("mixes.olderPercent")}
            description={t("mixes.olderHint")}
            value={older}
            hideControls
            error={fieldError("older_percent")}
            onChange={(value) => setOlder(typeof value === "number" ? value : 0)}
          />
          <NumberInput
            label={t("mixes.seed")}
            description={t("mixes.seedHint")}
            value={seed}
            hideControls
            error={fieldError("seed")}
            onChange={(value) => setSeed(typeof value === "number" ? value : 0)}
          />
        </div>
        <Failure error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button loading={busy} onClick={() => void create()}>
            {t("console.create")}
          </Button>
        </Group>
      </Stack>
    </Modal>
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
        data={(plans.data ?? []).map((plan) => ({ value: plan.id, label: `${plan.name} (n = ${plan.n})` }))}
        value={row.plan || null}
        error={errorOf("plan")}
        searchable
        onChange={(value) => onChange({ plan: value ?? "" })}
      />
      <NumberInput
        label={t("mixes.count")}
        value={row.count}
        hideControls
        error={errorOf("count")}
        onChange={(value) => onChange({ count: typeof value === "number" ? value : 1 })}
      />
      {onRemove && (
        <Button variant="subtle" size="xs" onClick={onRemove}>
          {t("mixes.removeRow", { number })}
        </Button>
      )}
    </div>
  );
}
