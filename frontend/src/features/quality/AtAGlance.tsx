import type { ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import type { Body, Standing } from "./api";
import { judgments } from "./links";
import styles from "./quality.module.css";
import { useFigures } from "./words";

interface GlanceProps {
  projectId: string;
  body: Body;
  standing: Standing;
}

/** The five questions a manager asks first, each with its answer and how sure it is. */
export function AtAGlance({ projectId, body, standing }: GlanceProps) {
  const { t, percent, count, between, signed } = useFigures();
  const { between: others, within, by } = body.agreement;
  const weeks = by.week;
  const last = weeks[weeks.length - 1];
  const before = weeks[weeks.length - 2];
  const reward = body.reward_models?.[0];
  const earlier = body.position.earlier;
  return (
    <div className={styles.cards}>
      <Card title={t("quality.glance.agreement")} value={percent(others.agreement)}>
        <p>{between(others.interval, percent)}</p>
        <p>
          <Link to={paths.manage(projectId, "items?state=done")}>
            {t("quality.pairs", { count: others.pairs, shown: count(others.pairs) })}
          </Link>
        </p>
        <p>
          <Link to={paths.manage(projectId, "items?disagreement=true")}>{t("quality.glance.apart")}</Link>
        </p>
        {last && before && (
          <p>{t("quality.glance.weeks", { now: percent(last.agreement), before: percent(before.agreement) })}</p>
        )}
      </Card>
      <Card title={t("quality.glance.self")} value={percent(within.agreement)}>
        <p>{between(within.interval, percent)}</p>
        <p>
          {within.pairs > 0
            ? t("quality.pairs", { count: within.pairs, shown: count(within.pairs) })
            : t("quality.glance.noRepeats")}
        </p>
      </Card>
      <Card title={t("quality.glance.reward")} value={percent(reward?.accuracy)}>
        <p>{reward ? between(reward.interval, percent) : t("quality.glance.noReward")}</p>
        {reward && (
          <p>
            <Link to={paths.run(projectId, reward.run)}>{t("quality.glance.run", { number: reward.number })}</Link>
            {" · "}
            {t("quality.glance.beside", { share: percent(others.agreement) })}
          </p>
        )}
      </Card>
      <Card title={t("quality.glance.position")} value={earlier ? signed(earlier.value) : "–"}>
        <p>{earlier ? between(earlier.interval, signed) : t("quality.glance.noOrder")}</p>
        <p>
          <Link to={judgments(projectId, {})}>
            {t("quality.glance.judgments", { count: body.position.judgments, shown: count(body.position.judgments) })}
          </Link>
        </p>
      </Card>
      <Card title={t("quality.glance.alarms")} value={count(standing.alarms_new)}>
        <p>{t("quality.glance.acknowledged", { count: standing.alarms_acknowledged })}</p>
        <p>
          <a href="#alarms">{t("quality.glance.toAlarms")}</a>
        </p>
      </Card>
    </div>
  );
}

function Card({ title, value, children }: { title: string; value: string; children: ReactNode }) {
  return (
    <section className={styles.card}>
      <h2>{title}</h2>
      <div className={styles.big}>{value}</div>
      <div className={styles.small}>{children}</div>
    </section>
  );
}
