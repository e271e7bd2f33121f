import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { StartableKind } from "@/features/train/api";
import { formatBytes, formatDuration, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { estimateRun, type Estimate } from "./api";
import styles from "./runs.module.css";

interface Wish {
  kind: StartableKind;
  config: Record<string, unknown>;
  [input: string]: unknown;
}

/** What a run of the form's settings would take. Settings that are not allowed are told elsewhere. */
export function useEstimate(projectId: string, wish: Wish, enabled: boolean): Estimate | undefined {
  const [settled] = useDebouncedValue(JSON.stringify(wish), 500);
  const estimate = useQuery({
    queryKey: ["run-estimate", projectId, settled],
    queryFn: () => estimateRun(projectId, JSON.parse(settled) as Wish),
    enabled,
    retry: false,
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
  return estimate.isError ? undefined : estimate.data;
}

export function EstimateBox({ found }: { found: Estimate | undefined }) {
  const { t, language } = useText();
  if (!found || (found.total === null && found.seconds === null)) return null;
  return (
    <section className={styles.estimate} aria-label={t("runs.estimate.title")} aria-live="polite">
      <h2>{t("runs.estimate.title")}</h2>
      <Memory found={found} />
      <p>{timeInWords()}</p>
    </section>
  );

  function timeInWords(): string {
    if (!found?.seconds) return t("runs.estimate.noTime");
    const [least, about, most] = found.seconds.map((each) => formatDuration(1000 * each, language));
    const told = { least: least!, about: about!, most: most!, runs: listOf(found.past_runs.map(String)) };
    if (found.past_runs.length > 1) return t("runs.estimate.time", { ...told, count: found.past_runs.length });
    const [shortest, , longest] = found.seconds;
    return t(shortest === longest ? "runs.estimate.timeOne" : "runs.estimate.timeOneFar", told);
  }
}

function Memory({ found }: { found: Estimate }) {
  const { t, language } = useText();
  if (found.total === null) return null;
  const size = (bytes: number) => formatBytes(bytes, language);
  const there = { size: size(found.machine?.bytes ?? 0) };
  const verdict = {
    fits: found.machine?.told_by === "past_run" ? t("runs.estimate.fitsPast", there) : t("runs.estimate.fits", there),
    tight: t("runs.estimate.tight", there),
    impossible: t("runs.estimate.impossible", { ...there, certain: size(found.certain) }),
    unknown: t("runs.estimate.unknownMachine"),
  }[found.verdict];
  return (
    <>
      <p data-verdict={found.verdict} role={found.verdict === "impossible" ? "alert" : undefined}>
        <b>{t("runs.estimate.memory", { size: size(found.total) })}</b> · {verdict}
      </p>
      <details>
        <summary>{t("runs.estimate.parts")}</summary>
        <ul>
          {Object.entries(found.parts).map(([name, bytes]) => (
            <li key={name}>
              {partName(name)}: {size(bytes)}
            </li>
          ))}
        </ul>
        <p className="muted">{t("runs.estimate.upper")}</p>
      </details>
    </>
  );

  function partName(name: string): string {
    const known = PARTS.find((each) => each === name.replaceAll(/[ -]/g, "_"));
    return known ? t(`runs.estimate.part.${known}`) : name;
  }
}

const PARTS = [
  ...(["libraries", "weights", "gradients", "optimiser"] as const),
  ...(["checkpoint_in_the_making", "kept_weights", "activations"] as const),
  ...(["weights_in_bf16", "key_value_cache"] as const),
];
