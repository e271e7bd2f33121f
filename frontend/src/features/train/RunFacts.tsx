import type { ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Facts, Tag } from "@/features/console/parts";
import { judgmentsBetween } from "@/features/rounds/api";
import { formatDuration, formatTime, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { usePlans, usePromptSets, useRun, useSnapshots, useVersions, type Run, type SamplingPlan } from "./api";
import { DEFAULTS, NUMBERS } from "./decoding";
import { inWords } from "./figures";
import { BASELINE, scoredBy, settingLabel, useSettingTexts } from "./settings";
import { snapshotName } from "./snapshots";

interface Props {
  projectId: string;
  run: Run;
}

/** Whose run it is, when it ran, what it was made from and what it made, each with the way there. */
export function RunFacts({ projectId, run }: Props) {
  const { t, language } = useText();
  const versions = useVersions(projectId).data;
  const snapshots = useSnapshots(projectId).data;
  const sets = usePromptSets(projectId).data;
  const plan = usePlans(projectId).data?.find((each) => each.id === run.plan);
  const planInWords = usePlanInWords();
  const version = (id: string | null | undefined) => {
    if (!id || !versions) return null; // no bare id while names come
    const found = versions.find((each) => each.id === id);
    return (
      <Link key={id} to={paths.version(projectId, id)}>
        {found ? `${found.number} ${found.name}` : id}
      </Link>
    );
  };
  const snapshot = (id: string | null) => {
    const found = snapshots?.find((each) => each.id === id);
    return found ? snapshotName(found, t) : snapshots && id;
  };
  const set = sets?.find((each) => each.id === run.prompt_set);
  const judgments = (id: string) => {
    const found = snapshots?.find((each) => each.id === id);
    return (
      found && (
        <Link key={id} to={judgmentsBetween(projectId, null, found.cut_off)}>
          {t("train.snapshot", { number: found.number })}
        </Link>
      )
    );
  };
  const time = (iso: string | null) => (iso ? formatTime(iso, language) : null);
  return (
    <Facts
      rows={[
        [t("train.runs.by"), run.requested_by?.display_name || run.requested_by?.username],
        [t("train.runs.started"), time(run.started_at)],
        [t("train.runs.finished"), time(run.finished_at)],
        [
          t("runs.compare.duration"),
          run.started_at &&
            run.finished_at &&
            formatDuration(Date.parse(run.finished_at) - Date.parse(run.started_at), language),
        ],
        [t("train.runs.tries"), run.tries > 1 ? run.tries : null],
        [
          t("runs.queue.open"),
          run.status === "queued" ? (
            <Link to={paths.train(projectId, "runs/queue")}>{t("runs.queue.place")}</Link>
          ) : null,
        ],
        [t("train.input.snapshot"), snapshot(run.snapshot)],
        [
          t("train.input.prompt_set"),
          set && <Link to={paths.manage(projectId, `prompt-sets/${set.id}`)}>{`${set.name} v${set.version}`}</Link>,
        ],
        [t("train.input.plan"), plan && planInWords(plan)],
        [t("train.input.policy_version"), version(run.policy_version)],
        [t("train.input.reward_version"), several(scoredBy(run).map(version))],
        [t("train.input.baseline"), version(baselineRewardOf(run))],
        [t("train.runs.baselinePolicy"), version(baselinePolicyOf(run, versions))],
        [t("train.input.waits_for"), run.waits_for && <Predecessor projectId={projectId} id={run.waits_for} />],
        [t("rounds.behind"), several(run.judgments_in.map(judgments))],
        [t("train.leftOut.name"), run.left_out && run.left_out.left_out + run.left_out.used_in_part > 0 && <LeftOut told={run.left_out} />],
        [t("train.runs.made"), version(run.output_version) ?? snapshot(run.output_snapshot)],
      ]}
    />
  );
}

const LEARNT_FROM = ["rankings", "demonstrations", "prompts"] as const;

/** How many rows its trainer does not use, and how many in part; a warning where many are not used at all. */
function LeftOut({ told }: { told: NonNullable<Run["left_out"]> }) {
  const { t, language } = useText();
  const counts = { left: told.left_out.toLocaleString(language), of: told.of.toLocaleString(language) };
  const unused = t(`train.leftOut.${LEARNT_FROM.find((rows) => rows === told.rows) ?? "rows"}`, counts);
  const n = told.used_in_part.toLocaleString(language);
  const words = told.used_in_part > 0 ? t("train.leftOut.inPart", { words: unused, n }) : unused;
  return told.is_much ? <Tag tone="bad">{t("train.leftOut.much", { words })}</Tag> : words;
}

function several(links: readonly ReactNode[]): ReactNode {
  const told = links.filter(Boolean);
  return told.length > 0 && told.map((link, at) => <div key={at}>{link}</div>);
}

/** Which reward model an evaluation holds its own against. */
function baselineRewardOf({ config }: Run): string | null {
  const named = config[BASELINE];
  return typeof named === "string" ? named : null;
}

/** Which policy an evaluation holds its own against: the parent. */
function baselinePolicyOf(run: Run, versions: ReturnType<typeof useVersions>["data"]): string | null | undefined {
  if (run.kind !== "evaluate") return null;
  const measured = run.config.against_parent && run.prompt_set ? run.policy_version : null;
  return versions?.find((each) => each.id === measured)?.parent_id;
}

/** A plan with what makes it what it is: its strategy and the numbers that are not at their defaults. */
function usePlanInWords(): (plan: SamplingPlan) => string {
  const { t, language } = useText();
  const texts = useSettingTexts();
  return (plan) => {
    const numbers = NUMBERS[plan.strategy].filter((field) => plan[field] !== DEFAULTS[field]);
    const named = (["max_new_tokens", ...numbers] as const).map(
      (field) => `${settingLabel(field, texts)} ${inWords(plan[field], language)}`,
    );
    const drawn = `${t("train.plan.n")} ${plan.n}`;
    return `${plan.name}: ${listOf([t(`train.plan.${plan.strategy}`), drawn, ...named])}`;
  };
}

function Predecessor({ projectId, id }: { projectId: string; id: string }) {
  const { t } = useText();
  const before = useRun(id).data;
  return (
    <Link to={paths.run(projectId, id)}>
      {before ? `#${before.number} · ${t(`train.kind.${before.kind}.name`)}` : t("train.runs.predecessor")}
    </Link>
  );
}
