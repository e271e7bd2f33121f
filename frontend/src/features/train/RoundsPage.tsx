import { Button, Group, Table } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import {
  Awaited,
  ConfirmButton,
  Failure,
  Nothing,
  PageHead,
  Section,
  TableFrame,
  Tag,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { closeRound, openRound, useRounds, useVersions } from "./api";
import { InputSelect } from "./InputSelect";
import styles from "./train.module.css";

type Round = Schemas["Round"];
const STEPS = ["sample_run", "snapshot_run", "sft_run", "reward_run", "ppo_run", "evaluate_run"] as const;

/** The turns of the loop, each with the runs that made it. */
export function RoundsPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const rounds = useRounds(projectId);
  const versions = useVersions(projectId);
  const { act, error } = useAct([["rounds", projectId]]);
  const policy = (round: Round) => {
    const found = versions.data?.find((version) => version.id === round.policy_version);
    return found ? `${found.number} ${found.name}` : "";
  };
  return (
    <>
      <PageHead title={t("train.rounds.title")} lead={t("train.rounds.lead")} />
      <Failure error={error} />
      <Awaited query={rounds}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("train.rounds.none")}</Nothing>
          ) : (
            <TableFrame label={t("train.rounds.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("train.rounds.round")}</Table.Th>
                    <Table.Th>{t("train.input.policy_version")}</Table.Th>
                    {STEPS.map((step) => (
                      <Table.Th key={step}>{t(`train.rounds.step.${step}`)}</Table.Th>
                    ))}
                    <Table.Th>{t("train.versions.created")}</Table.Th>
                    <Table.Th>
                      <span className="srOnly">{t("console.actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((round) => (
                    <Table.Tr key={round.id}>
                      <Table.Td>{round.number}</Table.Td>
                      <Table.Td>{policy(round)}</Table.Td>
                      {STEPS.map((step) => {
                        const run = round[step];
                        return (
                          <Table.Td key={step}>
                            {run ? <Link to={paths.run(projectId, run)}>{t("train.rounds.open")}</Link> : "–"}
                          </Table.Td>
                        );
                      })}
                      <Table.Td className={styles.number}>{formatTime(round.created_at, language)}</Table.Td>
                      <Table.Td>
                        {round.closed_at ? (
                          <Tag>{t("train.rounds.closed")}</Tag>
                        ) : (
                          <ConfirmButton
                            label={t("train.rounds.close")}
                            question={t("train.rounds.closeQuestion", { number: round.number })}
                            onConfirm={() => act(() => closeRound(round.id))}
                          />
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <Section title={t("train.rounds.new")}>
        <RoundForm projectId={projectId} />
      </Section>
    </>
  );
}

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
      <div className={styles.grid}>
        <InputSelect
          projectId={projectId}
          kind="sft"
          input="policy_version"
          value={version}
          waiting={false}
          error={fieldError("policy_version")}
          onChange={setVersion}
        />
      </div>
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy} disabled={version === null}>
          {t("train.rounds.begin")}
        </Button>
      </Group>
    </form>
  );
}
