import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { isActive, readRuns, type RunKind } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { linkRuns, type Round, type RoundStep } from "./api";
import { stepOf } from "./figures";
import styles from "./rounds.module.css";

const POLL_MS = 5_000;

interface Props {
  projectId: string;
  round: Round;
}

/** Which runs make up a round that no plan carries on. */
export function RunsByHand({ projectId, round }: Props) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const { act, error, fieldError } = useAct([["rounds", projectId]]);
  const isTold = round.places.some(({ place }) => fieldError(place) !== undefined);
  return (
    <details className={styles.more} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("rounds.runsByHand.title")}</summary>
      {open && (
        <>
          <p className="muted">{t("rounds.runsByHand.lead")}</p>
          <div className={styles.grid}>
            {round.places.map(({ place, step, kinds }) => (
              <PlaceSelect
                key={place}
                projectId={projectId}
                kinds={kinds}
                label={t(`rounds.step.${step}`)}
                value={round[place]}
                known={stepOf(round, step)?.runs ?? []}
                error={fieldError(place)}
                onChange={(run) => void act(() => linkRuns(round.id, { [place]: run }))}
              />
            ))}
          </div>
          <Failure error={isTold ? null : error} />
        </>
      )}
    </details>
  );
}

interface PlaceProps {
  projectId: string;
  kinds: readonly RunKind[];
  label: string;
  value: string | null;
  /** What stands there, which may be older than what the list offers. */
  known: RoundStep["runs"];
  error: string | undefined;
  onChange: (run: string | null) => void;
}

function PlaceSelect({ projectId, kinds, label, value, known, error, onChange }: PlaceProps) {
  const { t } = useText();
  const runs = useQuery({
    queryKey: ["runs", projectId, "of", ...kinds],
    queryFn: () => Promise.all(kinds.map((kind) => readRuns(projectId, { kind }))),
    select: (pages) => pages.flatMap((page) => page.results).sort((a, b) => b.number - a.number),
    refetchInterval: ({ state }) => state.data?.some((page) => page.results.some(isActive)) && POLL_MS,
  });
  const listed = runs.data ?? [];
  const older = known.filter(({ id }) => !listed.some((run) => run.id === id));
  return (
    <div>
      <Select
        label={label}
        data={[...listed, ...older].map((run) => ({
          value: run.id,
          label: [run.number, t(`train.kind.${run.kind}.name`), "name" in run && run.name, t(`train.status.${run.status}`)]
            .filter(Boolean)
            .join(" · "),
        }))}
        value={value}
        onChange={onChange}
        error={error}
        nothingFoundMessage={runs.isSuccess && t("rounds.runsByHand.none")}
        allowDeselect={false} // the cross alone takes a run out
        clearable
        searchable
      />
      <Failure error={runs.error} />
    </div>
  );
}
