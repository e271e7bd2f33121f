import { Table } from "@mantine/core";
import { Nothing, TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { usePlans, usePromptSets, useRunKinds, useSnapshots, useVersions, type Run } from "@/features/train/api";
import { FigureName } from "@/features/train/figureNames";
import { inWords } from "@/features/train/figures";
import { BASELINE, scoredBy, settingLabel, settingOf, useSettingTexts, useSettingValue, type ConfigSchema } from "@/features/train/settings";
import { snapshotName } from "@/features/train/snapshots";
import { formatDuration, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { differing, results, type Line } from "./compare";
import { Mark } from "./marks";
import styles from "./runs.module.css";
import { useMeaning } from "./WhereItRuns";

/** Settings and inputs that are not alike in all of the runs. */
export function DifferingSettings({ projectId, runs }: { projectId: string; runs: Run[] }) {
  const { t } = useText();
  const texts = useSettingTexts();
  const told = useSettingValue();
  const inputs = useInputs(projectId, runs);
  const kinds = useRunKinds().data as unknown as Record<string, ConfigSchema> | undefined;
  const schema = kinds?.[runs[0]?.kind ?? ""];
  const settings = differing(runs, schema).map(({ name, values }) => ({
    name: settingLabel(name, texts),
    values: values.map((value) => (value === undefined ? value : told(name, value, settingOf(schema, name)))),
  }));
  const lines = [...inputs, ...settings];
  if (lines.length === 0) return <Nothing>{t("runs.compare.same")}</Nothing>;
  return <Lines label={t("runs.compare.setting")} title={t("runs.compare.settings")} runs={runs} lines={lines} />;
}

/** What a run worked on and where it ran, by name. */
function useInputs(projectId: string, runs: Run[]): Line[] {
  const { t } = useText();
  const versions = useVersions(projectId).data ?? [];
  const snapshots = useSnapshots(projectId).data ?? [];
  const sets = usePromptSets(projectId).data ?? [];
  const plans = usePlans(projectId).data ?? [];
  const meaning = useMeaning();
  const launched = (launch: NonNullable<Run["launch"]>) => {
    const said = `${launch.name}: ${meaning(launch)}`;
    const others = runs.some((run) => run.launch?.name === launch.name && run.launch.sha256 !== launch.sha256);
    return others ? `${said} · ${launch.sha256.slice(0, 8)}` : said; // the file was another one
  };
  const version = (id: string | null) => {
    const found = versions.find((each) => each.id === id);
    return found ? `${found.number} ${found.name}` : id;
  };
  const snapshot = (id: string | null) => {
    const found = snapshots.find((each) => each.id === id);
    return found ? snapshotName(found, t) : id;
  };
  const rows = [
    { name: t("train.runs.kind"), of: (run: Run) => t(`train.kind.${run.kind}.name`) },
    { name: t("train.input.policy_version"), of: (run: Run) => version(run.policy_version) },
    { name: t("train.input.reward_version"), of: (run: Run) => listOf(scoredBy(run).map((id) => version(id) ?? id)) },
    { name: t("train.input.baseline"), of: ({ config }: Run) => version((config[BASELINE] as string | undefined) ?? null) },
    { name: t("train.input.snapshot"), of: (run: Run) => snapshot(run.snapshot) },
    { name: t("train.input.prompt_set"), of: (run: Run) => sets.find((set) => set.id === run.prompt_set)?.name ?? run.prompt_set },
    { name: t("train.input.plan"), of: (run: Run) => plans.find((plan) => plan.id === run.plan)?.name ?? run.plan },
    { name: t("hosts.form.needs"), of: (run: Run) => t(`hosts.class.${run.needs || "any"}`) },
    { name: t("hosts.form.launch"), of: ({ launch }: Run) => (launch ? launched(launch) : t("hosts.form.alone")) },
  ];
  return rows
    .map(({ name, of }) => ({ name, values: runs.map(of) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

const UNFOLDED = 24;

/** How each run ended and what its report says, figure by figure. */
export function Results({ runs }: { runs: Run[] }) {
  const { t, language } = useText();
  const took = ({ started_at, finished_at }: Run) =>
    started_at && finished_at ? formatDuration(Date.parse(finished_at) - Date.parse(started_at), language) : undefined;
  const found = results(runs);
  const lines = [{ name: t("runs.compare.duration"), values: runs.map(took) }, ...found.slice(0, UNFOLDED)];
  const title = t("runs.compare.results");
  return (
    <>
      {found.length === 0 && <Nothing>{t("runs.compare.noResults")}</Nothing>}
      <Lines figures label={t("runs.compare.result")} title={title} runs={runs} lines={lines} />
      {found.length > UNFOLDED && (
        <details>
          <summary>{t("runs.compare.more")}</summary>
          <Lines
            figures
            label={t("runs.compare.result")}
            title={t("runs.compare.more")}
            runs={runs}
            lines={found.slice(UNFOLDED)}
          />
        </details>
      )}
    </>
  );
}

interface LinesProps {
  title: string;
  label: string;
  runs: Run[];
  lines: Line[];
  /** The lines are named by identifiers of reports. */
  figures?: boolean;
}

function Lines({ title, label, runs, lines, figures = false }: LinesProps) {
  const { t, language } = useText();
  return (
    <TableFrame label={title}>
      <Table className={styles.lines} horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{label}</Table.Th>
            {runs.map((run, index) => (
              <Table.Th key={run.id}>
                <Mark index={index} /> {t("train.runs.number", { number: run.number })}
                <div className={styles.called}>
                  <VisibleText text={run.name} />
                </div>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line.name}>
              <Table.Th scope="row">{figures ? <FigureName path={line.name} /> : line.name}</Table.Th>
              {line.values.map((value, index) => (
                <Table.Td key={index}>
                  <VisibleText text={inWords(value, language, 4)} most={300} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
