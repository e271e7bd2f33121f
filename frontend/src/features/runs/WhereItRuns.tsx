import { Select } from "@mantine/core";
import { Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { useRunPlaces, type LaunchOption, type Places } from "./api";
import { levelOf, PRIORITIES } from "./priorities";
import styles from "./runs.module.css";

export interface Place {
  launch?: string;
  needs?: "cpu" | "gpu";
  priority?: number;
}

interface Props {
  projectId: string;
  kind: string;
  value: Place;
  onChange: (place: Place) => void;
  errorOf: (field: string) => string | undefined;
}

/** Which workers may take the run, on how many processes it is started, and how soon. */
export function WhereItRuns({ projectId, kind, value, onChange, errorOf }: Props) {
  const { t } = useText();
  const places = useRunPlaces(projectId);
  if (!places.data || kind === "export") return null;
  const { launches, kinds, workers } = places.data;
  const canLaunch = launches.length > 0 && kinds.includes(kind);
  const chosen = launches.find((one) => one.name === value.launch);
  return (
    <Section title={t("hosts.form.title")}>
      <div className={styles.places}>
        <Select
          label={t("hosts.form.needs")}
          description={t("hosts.form.needsHint")}
          placeholder={t("hosts.class.any")}
          data={(["cpu", "gpu"] as const).map((each) => ({
            value: each,
            label: workers ? t("hosts.form.option", { name: t(`hosts.class.${each}`), count: workers[each] }) : t(`hosts.class.${each}`),
          }))}
          value={value.needs ?? null}
          onChange={(needs) => onChange({ ...value, needs: (needs as Place["needs"]) ?? undefined })}
          error={errorOf("needs")}
          clearable
        />
        {canLaunch && (
          <Select
            label={t("hosts.form.launch")}
            description={t("hosts.form.launchHint")}
            placeholder={t("hosts.form.alone")}
            data={launches.map((one) => ({ value: one.name, label: one.name, disabled: one.problem !== "" }))}
            value={value.launch ?? null}
            onChange={(launch) => onChange({ ...value, launch: launch ?? undefined })}
            error={errorOf("launch")}
            clearable
          />
        )}
        <Select
          label={t("runs.queue.priority")}
          description={t("runs.queue.priorityHint")}
          data={PRIORITIES.map((each) => ({ value: String(each), label: t(`runs.queue.level.${levelOf(each)}`) }))}
          value={String(value.priority ?? 0)}
          onChange={(priority) => onChange({ ...value, priority: Number(priority) })}
          error={errorOf("priority")}
          allowDeselect={false}
        />
      </div>
      {canLaunch && <Meaning launches={launches} chosen={chosen} />}
      <NobodyThere needs={value.needs ?? chosen?.needs ?? ""} hosts={chosen?.machines ?? 1} workers={workers} />
    </Section>
  );
}

function Meaning({ launches, chosen }: { launches: readonly LaunchOption[]; chosen: LaunchOption | undefined }) {
  const { t } = useText();
  const meaning = useMeaning();
  const broken = launches.filter((one) => one.problem !== "");
  return (
    <>
      {chosen && <p className="muted">{meaning(chosen)}</p>}
      {broken.map((one) => (
        <p key={one.name} className="muted">
          {t("hosts.form.unusable", { name: one.name })} {one.problem}
        </p>
      ))}
    </>
  );
}

/** What a configuration means, in a sentence. */
export function useMeaning() {
  const { t } = useText();
  return (one: Pick<LaunchOption, "processes" | "machines" | "distributed_type" | "mixed_precision">) => {
    const meaning = t("hosts.form.meaning", {
      count: one.processes ?? 1,
      type: t(`hosts.type.${one.distributed_type as "NO"}`),
      precision: one.mixed_precision === "no" ? t("hosts.form.precisionOfRun") : one.mixed_precision,
    });
    const count = one.machines ?? 1;
    return count > 1 ? t("hosts.form.hosts", { count, rest: meaning }) : meaning;
  };
}

function NobodyThere({ needs, hosts, workers }: { needs: string; hosts: number; workers: Places["workers"] }) {
  const { t } = useText();
  if (workers === null || (needs !== "cpu" && needs !== "gpu") || workers[needs] >= hosts) return null;
  const name = t(`hosts.class.${needs}`);
  const count = workers[needs];
  return <p role="status">{count ? t("hosts.form.tooFew", { name, count, needed: hosts }) : t("hosts.form.nobody", { name })}</p>;
}
