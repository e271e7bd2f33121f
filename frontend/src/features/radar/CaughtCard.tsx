import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Tag } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import type { Caught } from "./api";
import styles from "./radar.module.css";

const MOST = 4_000;
const TONES = { above: "good", tied: "calm", below: "bad" } as const;

/** One suspicious output: why it was caught, beside what the reference says, and what people said. */
export function CaughtCard({ projectId, caught }: { projectId: string; caught: Caught }) {
  const { t, language } = useText();
  return (
    <li className={styles.card}>
      <header>
        <h3>{t("radar.question")}</h3>
        <span className="muted">
          {t("radar.when", { step: caught.step, time: formatTime(caught.at, language) })}
        </span>
      </header>
      <Why caught={caught} />
      <Text label={t("radar.prompt")} text={caught.prompt} />
      <div className={styles.beside}>
        <Text label={t("radar.output")} text={caught.output} score={caught.score} />
        <Text label={t("radar.reference")} text={caught.reference} score={caught.reference_score} />
      </div>
      <Said projectId={projectId} caught={caught} />
    </li>
  );
}

/** The figures with their places among the run's samples up to then. */
function Why({ caught }: { caught: Caught }) {
  const { t, language } = useText();
  const number = (value: number) => value.toLocaleString(language, { maximumSignificantDigits: 3 });
  const percent = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
  const rows = [
    ["reward", caught.score, caught.reward_quantile],
    ["kl", caught.kl, caught.kl_quantile],
    ["disagreement", caught.disagreement, caught.disagreement_quantile],
  ] as const;
  return (
    <dl className={styles.why}>
      {rows.map(([axis, value, place]) => (
        <div key={axis}>
          <dt>{t(`radar.axis.${axis}`)}</dt>
          <dd>
            {value === null || place === null ? (
              <span className="muted">{t(`radar.unknown.${axis === "kl" ? "kl" : "disagreement"}`)}</span>
            ) : (
              <>
                <b>{t(`radar.value.${axis}`, { value: number(value) })}</b>
                <meter min={0} max={1} value={place} aria-hidden="true" />
                <span className="muted">{t("radar.place", { place: percent(place), count: caught.samples })}</span>
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Text({ label, text, score }: { label: string; text: string; score?: number }) {
  const { t, language } = useText();
  return (
    <figure className={styles.text}>
      <figcaption>
        {label}
        {score !== undefined && (
          <span className="muted">
            {" "}
            {t("radar.scored", { score: score.toLocaleString(language, { maximumSignificantDigits: 3 }) })}
          </span>
        )}
      </figcaption>
      <blockquote dir="auto" tabIndex={0} aria-label={label}>{text ? <VisibleText text={text} most={MOST} /> : <i>{t("radar.empty")}</i>}</blockquote>
    </figure>
  );
}

/** Each judgment leads to itself, the rest to the item. */
function Said({ projectId, caught }: { projectId: string; caught: Caught }) {
  const { t } = useText();
  return (
    <footer className={styles.said}>
      {caught.said.length === 0 && <span className="muted">{t(`radar.waits.${caught.item_state}`)}</span>}
      {caught.said.map(({ ranking, verdict }) => (
        <Link key={ranking} to={paths.manage(projectId, `explore/${ranking}`)}>
          <Tag tone={TONES[verdict]}>{t(`radar.verdict.${verdict}`)}</Tag>
        </Link>
      ))}
      <Link to={paths.manage(projectId, `items/${caught.item}`)}>{t("radar.item")}</Link>
    </footer>
  );
}
