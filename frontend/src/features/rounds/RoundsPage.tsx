import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { Awaited, Failure, Nothing, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { InputSelect } from "@/features/train/InputSelect";
import { useText } from "@/lib/i18n";
import { openRound, usePlan, useRounds, type Round } from "./api";
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
          {(rows) => <Rounds projectId={projectId} rounds={rows} chosen={search.get("round")} />}
        </Awaited>
      )}
    </>
  );
}

function Rounds({ projectId, rounds, chosen }: { projectId: string; rounds: Round[]; chosen: string | null }) {
  const { t } = useText();
  const shown = rounds.find((round) => round.id === chosen) ?? rounds[0];
  return (
    <>
      {shown ? (
        <>
          <RoundDetail key={shown.id} projectId={projectId} round={shown} />
          <Section title={t("rounds.history")}>
            <History projectId={projectId} rounds={rounds} chosen={shown.id} />
          </Section>
        </>
      ) : (
        <Nothing>{t("rounds.none")}</Nothing>
      )}
      <details className={styles.more}>
        <summary>{t("rounds.byHand")}</summary>
        <RoundForm projectId={projectId} />
      </details>
    </>
  );
}

/** A round whose runs people start and link themselves. */
function RoundForm({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [version, setVersion] = useState<string | null>(null);
  const { act, busy, error, fieldError } = useAct([["rounds", projectId]]);
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (version) void act(() => openRound(projectId, version));
      }}
    >
      <p className="muted">{t("rounds.byHandHint")}</p>
      <InputSelect
        projectId={projectId}
        kind="sft"
        input="policy_version"
        value={version}
        waiting={false}
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
