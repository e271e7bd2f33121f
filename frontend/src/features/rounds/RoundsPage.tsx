import { Button, Group } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { Awaited, Failure, More, Nothing, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { InputSelect } from "@/features/train/InputSelect";
import { useText } from "@/lib/i18n";
import { openRound, usePlan, useRound, useRounds, type Round } from "./api";
import { History } from "./History";
import { PlanCard } from "./PlanCard";
import { PlanForm } from "./PlanForm";
import { RoundDetail } from "./RoundDetail";
import styles from "./rounds.module.css";

/** The loop: how it goes on by itself, where it stands, and what its rounds came to. */
export function RoundsPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const plan = usePlan(projectId);
  const rounds = useRounds(projectId, plan.data?.plan?.state === "active");
  const isEditing = search.get("plan") === "edit";
  return (
    <>
      <PageHead
        title={t("rounds.title")}
        lead={t("rounds.lead")}
        actions={
          plan.data?.plan === null &&
          !isEditing && (
            <Button component={Link} to={{ search: "?plan=edit" }}>
              {t("rounds.plan.new")}
            </Button>
          )
        }
      />
      <Awaited query={plan}>
        {({ plan: found, defaults }) =>
          isEditing ? (
            <PlanForm
              projectId={projectId}
              plan={found}
              defaults={defaults}
              onDone={() => setSearch({}, { replace: true })}
            />
          ) : (
            found && <PlanCard projectId={projectId} plan={found} />
          )
        }
      </Awaited>
      {!isEditing && (
        <Awaited query={rounds}>
          {(rows) => (
            <Rounds
              projectId={projectId}
              rounds={rows}
              chosen={search.get("round")}
              more={<More query={rounds} />}
              onBegun={(round) => setSearch({ round: round.id })}
            />
          )}
        </Awaited>
      )}
    </>
  );
}

interface Props {
  projectId: string;
  rounds: Round[];
  chosen: string | null;
  more: ReactNode;
  onBegun: (round: Round) => void;
}

function Rounds({ projectId, rounds, chosen, more, onBegun }: Props) {
  const { t } = useText();
  const listed = rounds.find((round) => round.id === chosen);
  const older = useRound(listed ? null : chosen);
  if (older.isLoading) return null;
  const shown = listed ?? older.data ?? rounds[0];
  return (
    <>
      {shown ? (
        <>
          <RoundDetail key={shown.id} projectId={projectId} round={shown} />
          <Section title={t("rounds.history")}>
            <History projectId={projectId} rounds={rounds} chosen={shown.id} />
            {more}
          </Section>
        </>
      ) : (
        <Nothing>{t("rounds.none")}</Nothing>
      )}
      <details className={styles.more}>
        <summary>{t("rounds.byHand")}</summary>
        <RoundForm projectId={projectId} onBegun={onBegun} />
      </details>
    </>
  );
}

/** A round whose runs people start and link themselves. */
function RoundForm({ projectId, onBegun }: Pick<Props, "projectId" | "onBegun">) {
  const { t } = useText();
  const [version, setVersion] = useState<string | null>(null);
  const { act, busy, error, fieldError } = useAct([["rounds", projectId]]);
  const begin = async (policy: string) => {
    const begun = await act(() => openRound(projectId, policy));
    if (!begun) return;
    setVersion(null); // the next one is begun by choosing anew
    onBegun(begun);
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (version) void begin(version);
      }}
    >
      <p className="muted">{t("rounds.byHandHint")}</p>
      <InputSelect
        projectId={projectId}
        kind="sft"
        input="policy_version"
        value={version}
        needed
        error={fieldError("policy_version")}
        onChange={setVersion}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy} disabled={version === null}>
          {t("rounds.begin")}
        </Button>
      </Group>
    </form>
  );
}
