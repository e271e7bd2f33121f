import { Select } from "@mantine/core";
import { useText } from "@/lib/i18n";
import { usePlans, usePromptSets, useSnapshots, useVersions, type StartableKind } from "./api";
import { learnsFromScores, type Input } from "./settings";
import { isChosen, snapshotName } from "./snapshots";

interface Props {
  projectId: string;
  kind: StartableKind;
  /** `baseline`: the reward model that another is held against. */
  input: Input | "baseline";
  value: string | null;
  /** An input left out comes from the predecessor. */
  waiting?: boolean;
  /** Nothing stands for one that is left out. */
  needed?: boolean;
  error: string | undefined;
  onChange: (id: string | null) => void;
}

/** Kinds of runs that a policy whose weights a server has is good for. */
const WITHOUT_WEIGHTS: readonly StartableKind[] = ["sample", "pick"];

/** Kinds of runs that take what people judged, and nothing that a reward model chose. */
const OF_PEOPLE: readonly StartableKind[] = ["export", "reward"];

interface Choice {
  value: string;
  label: string;
}

/** One thing that a run works on, by name. */
export function InputSelect(props: Props) {
  const { t } = useText();
  const { projectId, kind, input, value, error, onChange } = props;
  const choices = useChoices(projectId, kind, input);
  const leftOut = useLeftOut(props);
  return (
    <Select
      label={t(`train.input.${input}`)}
      description={input === "baseline" ? t("train.form.baselineHint") : undefined}
      placeholder={leftOut && t(`train.form.${leftOut}`)}
      data={choices}
      value={value}
      error={error}
      onChange={onChange}
      nothingFoundMessage={t("train.form.nothingFound")}
      clearable
      searchable
    />
  );
}

/** What stands for an input that is left out. */
function useLeftOut({ projectId, kind, input, waiting, needed }: Props) {
  const promoted = usePromoted(projectId, kind, input);
  if (needed) return undefined;
  if (waiting) return "fromPredecessor";
  if (promoted !== null) return promoted ? "promoted" : "nonePromoted";
  return kind === "export" ? "everything" : undefined;
}

/** Whether there is a promoted version that an empty field stands for; null where it stands for nothing. */
function usePromoted(projectId: string, kind: StartableKind, input: Props["input"]): boolean | null {
  const versions = useVersions(projectId).data;
  if (input !== "policy_version" && input !== "reward_version") return null;
  if (kind === "evaluate" || (kind === "pick" && input === "policy_version")) return null;
  const wanted = kindOf(input);
  return !versions || versions.some((version) => version.kind === wanted && version.status === "promoted");
}

function kindOf(input: "policy_version" | "reward_version" | "baseline"): "policy" | "reward" {
  return input === "policy_version" ? "policy" : "reward";
}

function useChoices(projectId: string, kind: StartableKind, input: Props["input"]): Choice[] {
  const { t } = useText();
  const versions = useVersions(projectId);
  const snapshots = useSnapshots(projectId);
  const plans = usePlans(projectId);
  const promptSets = usePromptSets(projectId);
  switch (input) {
    case "policy_version":
    case "reward_version":
    case "baseline": {
      const wanted = kindOf(input);
      return (versions.data ?? [])
        .filter((version) => version.kind === wanted && version.status !== "retired")
        .filter((version) => !version.served || WITHOUT_WEIGHTS.includes(kind))
        .sort((a, b) => b.number - a.number)
        .map((version) => ({
          value: version.id,
          label: `${version.number} ${version.name} · ${t(`train.versions.state.${version.status}`)}`,
        }));
    }
    case "snapshot":
      return (snapshots.data ?? [])
        .filter((snapshot) => !isChosen(snapshot) || !OF_PEOPLE.includes(kind))
        .map((snapshot) => ({ value: snapshot.id, label: snapshotName(snapshot, t) }));
    case "plan":
      return (plans.data ?? []).map((plan) => ({ value: plan.id, label: plan.name }));
    case "prompt_set":
      return (promptSets.data ?? [])
        .filter((set) => set.retired_at === null && (!learnsFromScores(kind) || set.purpose === "rl"))
        .filter((set) => kind !== "best_of_n" || set.purpose !== "evaluation")
        .map((set) => ({
          value: set.id,
          label: `${set.name} v${set.version} · ${t(`train.purpose.${set.purpose}`)} · ${set.prompt_count}`,
        }));
  }
}
