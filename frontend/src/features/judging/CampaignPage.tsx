import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, Failure, Nothing, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { makeItems, retryDraw } from "@/features/mixes/api";
import { useFigures } from "@/features/quality/words";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { endCampaign, useCampaign, useReport, type Campaign, type Report } from "./api";
import { Automatic } from "./Automatic";
import { Axes } from "./Axes";
import { CampaignFacts, hasNothingToJudge } from "./CampaignFacts";
import { Pairs, SameAnswers } from "./Pairs";
import { Ratings } from "./Ratings";
import { Slices } from "./Slices";
import { Leanings } from "./Leanings";
import styles from "./judging.module.css";

/** One campaign: how far it is, and what it has found so far. */
export function CampaignPage({ projectId }: { projectId: string }) {
  const { campaignId = "" } = useParams();
  const campaign = useCampaign(campaignId);
  return (
    <Awaited query={campaign}>{(found) => <Found projectId={projectId} campaign={found} />}</Awaited>
  );
}

function Found({ projectId, campaign }: { projectId: string; campaign: Campaign }) {
  const { t } = useText();
  const { act } = useAct([["campaign", campaign.id], ["campaigns", projectId]]);
  const isOver = campaign.state === "ended" || campaign.state === "done";
  return (
    <>
      <PageHead
        title={campaign.name}
        lead={<Link to="../judging">{t("judging.all")}</Link>}
        actions={
          !isOver && (
            <ConfirmButton
              label={t("judging.end")}
              question={t("judging.endQuestion")}
              onConfirm={() => act(() => endCampaign(campaign.id))}
            />
          )
        }
      />
      <CampaignFacts projectId={projectId} campaign={campaign} />
      <Sampling projectId={projectId} campaign={campaign} />
      <Findings projectId={projectId} campaign={campaign} />
    </>
  );
}

/** What is being sampled, and the way out where a run failed. */
function Sampling({ projectId, campaign }: { projectId: string; campaign: Campaign }) {
  const { t } = useText();
  const { act, busy, error } = useAct([["campaign", campaign.id]]);
  if (campaign.state !== "sampling" && campaign.state !== "stopped") return null;
  return (
    <Section title={t("judging.sampling")}>
      <ul className={styles.runs}>
        {campaign.parts.map((part) => (
          <li key={part.run}>
            <Link to={paths.run(projectId, part.run)}>{part.policy}</Link> · {t(`train.status.${part.status}`)}
            {part.status === "running" && ` ${part.progress_done}/${part.progress_total ?? "?"}`}
            {part.error_message && <div className="muted">{part.error_message}</div>}
          </li>
        ))}
      </ul>
      {campaign.state === "stopped" && (
        <Group>
          <Button size="xs" loading={busy} onClick={() => void act(() => retryDraw(campaign.draw))}>
            {t("mixes.retry")}
          </Button>
          <Button size="xs" variant="default" loading={busy} onClick={() => void act(() => makeItems(campaign.draw))}>
            {t("mixes.makeNow")}
          </Button>
        </Group>
      )}
      <Failure error={error} />
    </Section>
  );
}

const TELL = 0.55;
const TELLABLE = [0.51, 0.99] as const;

/** The report; against whom and how exactly stand in the address. */
function Findings({ projectId, campaign }: { projectId: string; campaign: Campaign }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const tell = Number(search.get("tell")) || TELL;
  const base = search.get("base") ?? campaign.base;
  const report = useReport(campaign.id, { tell, base }, campaign.judgments);
  const ask = (name: string, value: string) =>
    setSearch(
      (before) => {
        before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <>
      <div className={styles.asked}>
        <Select
          label={t("judging.against")}
          data={campaign.versions.map(({ id, number, name }) => ({ value: id, label: `${number} ${name}` }))}
          value={base}
          allowDeselect={false}
          onChange={(value) => ask("base", value ?? campaign.base)}
        />
        <TellField tell={tell} onTell={(rate) => ask("tell", String(rate))} />
      </div>
      <Awaited query={report}>{(found) => <Figures projectId={projectId} campaign={campaign} report={found} />}</Awaited>
    </>
  );
}

/** Which win rate the report is to tell from one half. A rate that it cannot is refused, and the last one holds. */
export function TellField({ tell, onTell }: { tell: number; onTell: (rate: number) => void }) {
  const { t, percent } = useFigures();
  const [said, setSaid] = useState<number | null>(tell);
  const [low, high] = TELLABLE;
  const isTold = (rate: number) => rate >= low && rate <= high;
  const words = { low: percent(low), high: percent(high), tell: percent(tell) };
  return (
    <NumberField
      label={t("judging.tell")}
      unit="%"
      times={100}
      value={said}
      standard={TELL}
      error={said !== null && !isTold(said) && t("judging.tellRange", words)}
      onChange={(rate) => {
        setSaid(rate);
        if (rate === null || isTold(rate)) onTell(rate ?? TELL);
      }}
    />
  );
}

function Figures(props: { projectId: string; campaign: Campaign; report: Report }) {
  const { t } = useText();
  const { report } = props;
  if (report.pairs.every(({ judgments: count }) => count === 0)) {
    return (
      <>
        <Nothing>{t(hasNothingToJudge(props.campaign) ? "judging.allSame" : "judging.nothingYet")}</Nothing>
        <SameAnswers {...props} />
        <Automatic {...props} />
      </>
    );
  }
  return (
    <>
      <Pairs {...props} />
      <Ratings {...props} />
      <Axes {...props} />
      <Slices {...props} />
      <Leanings {...props} />
      <Automatic {...props} />
    </>
  );
}
