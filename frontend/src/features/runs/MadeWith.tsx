import { Facts, Section } from "@/features/console/parts";
import { useSnapshots, type Run } from "@/features/train/api";
import { formatBytes } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { hostsOf, machineOf, versionsOf } from "./made";
import { useMeaning } from "./WhereItRuns";

/** Code, libraries, data and machine of a run: what it takes to do it again. */
export function MadeWith({ projectId, run }: { projectId: string; run: Run }) {
  const { t, language } = useText();
  const snapshots = useSnapshots(projectId);
  const machine = machineOf(run.provenance);
  const versions = versionsOf(run.provenance);
  const meaning = useMeaning();
  if (Object.keys(versions).length === 0 && !run.launch && !run.needs) return null;
  const size = (bytes: number | undefined) => bytes && formatBytes(bytes, language);
  const { code, threads, processes, rewardmodel: _format, ...libraries } = versions;
  return (
    <Section title={t("runs.made.title")}>
      <Facts
        rows={[
          [t("hosts.form.needs"), run.needs && t(`hosts.class.${run.needs}`)],
          [t("hosts.form.launch"), run.launch && `${run.launch.name}: ${meaning(run.launch)}`],
          [t("runs.made.code"), code],
          ...Object.entries(libraries),
          [t("runs.made.threads"), threads],
          [t("runs.made.processes"), processes],
          [t("runs.made.hosts"), hostsOf(run.provenance).join(", ")],
          [
            t("runs.made.machine"),
            [machine.gpu, machine.machine, machine.cores && t("runs.made.cores", { count: machine.cores }), size(machine.memory)]
              .filter(Boolean)
              .join(" · "),
          ],
          [t("runs.made.memory"), size(machine.needed)],
          [t("runs.made.peak"), size(machine.peak)],
          [t("runs.made.snapshot"), snapshots.data?.find((each) => each.id === run.snapshot)?.sha256],
        ]}
      />
    </Section>
  );
}
