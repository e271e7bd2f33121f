import { Link } from "react-router";
import { Section, Tag } from "@/features/console/parts";
import { Interval, useShares } from "@/features/quality/Interval";
import { judgments } from "@/features/quality/links";
import { useFigures } from "@/features/quality/words";
import type { Campaign, Pair, Report } from "./api";
import styles from "./judging.module.css";
import { useNames } from "./names";

interface Props {
  projectId: string;
  campaign: Campaign;
  report: Report;
}

/** Who wins against whom: the share with both intervals, and how many judgments are left. */
export function Pairs({ projectId, campaign, report }: Props) {
  const { t } = useFigures();
  return (
    <Section title={t("judging.wins.title")}>
      <p className={styles.small}>{t("judging.wins.lead")}</p>
      <ul className={styles.duels}>
        {report.pairs.map((pair) => (
          <Duel key={`${pair.one} ${pair.other}`} projectId={projectId} campaign={campaign} report={report} pair={pair} />
        ))}
      </ul>
      {report.intervals > 1 && (
        <p className={styles.small}>{t("judging.wins.many", { count: report.intervals })}</p>
      )}
    </Section>
  );
}

/** The pairs that answered some prompts alike, where nothing was judged that would show them. */
export function SameAnswers({ campaign, report }: Omit<Props, "projectId">) {
  const { t, count } = useFigures();
  const name = useNames();
  const pairs = report.pairs.filter(({ same }) => same > 0);
  if (pairs.length === 0) return null;
  return (
    <ul className={styles.runs}>
      {pairs.map((pair) => {
        const [one = "", other = ""] = [pair.one, pair.other].map((at) => {
          const side = report.contestants[at];
          return side ? name(side) : "";
        });
        return (
          <li key={`${pair.one} ${pair.other}`}>
            {t("judging.wins.sameBetween", {
              duel: t("judging.wins.duel", { one, other }),
              same: t("judging.wins.same", { same: count(pair.same), count: campaign.prompts }),
            })}
          </li>
        );
      })}
    </ul>
  );
}

function Duel({ projectId, campaign, report, pair }: Props & { pair: Pair }) {
  const { t, percent, count, between } = useFigures();
  const name = useNames();
  const shares = useShares();
  const sides = [report.contestants[pair.one], report.contestants[pair.other]];
  const [one = "", other = ""] = sides.map((side) => (side ? name(side) : ""));
  const [low = 0, high = 1] = pair.always;
  const verdict = low > 0.5 ? "ahead" : high < 0.5 ? "behind" : "open";
  const to = judgments(projectId, {
    prompt_set: campaign.prompt_set,
    since: campaign.created_at,
    policy_version: sides[0]?.version?.id ?? sides[1]?.version?.id,
  });
  return (
    <li className={styles.duel}>
      <div>
        <h3>{t("judging.wins.duel", { one, other })}</h3>
        {pair.rate !== null && (
          <p>
            <span className={styles.rate}>{percent(pair.rate)}</span> {between(pair.interval, percent)}{" "}
            <Tag tone={verdict === "ahead" ? "good" : verdict === "behind" ? "bad" : "calm"}>
              {t(`judging.wins.${verdict}`)}
            </Tag>
          </p>
        )}
        <p>
          <Link to={to}>
            {t("judging.wins.counts", {
              wins: count(pair.wins),
              ties: count(pair.ties),
              losses: count(pair.losses),
              prompts: count(pair.prompts),
              count: pair.prompts,
            })}
          </Link>
          {pair.same > 0 && <span className="muted"> · {t("judging.wins.same", { same: count(pair.same), count: campaign.prompts })}</span>}
        </p>
        <p className={styles.small}>
          {t("judging.wins.always", { low: percent(low), high: percent(high) })}{" "}
          {pair.left > 0
            ? t("judging.wins.left", { count: pair.left, tell: percent(report.tell) })
            : t("judging.wins.enough", { tell: percent(report.tell) })}
        </p>
      </div>
      {pair.rate !== null && (
        <Interval
          value={pair.rate}
          ends={[low, high]}
          from={0}
          to={1}
          mark={0.5}
          scale={shares}
          label={t("judging.wins.drawn", { one, rate: percent(pair.rate), low: percent(low), high: percent(high) })}
        />
      )}
    </li>
  );
}
