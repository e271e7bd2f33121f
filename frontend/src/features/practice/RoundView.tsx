import { Link } from "react-router";
import { paths } from "@/config/paths";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import type { Qualification, RoundResult } from "./api";
import { FeedbackView } from "./FeedbackView";
import { percent } from "./figures";
import styles from "./PracticePage.module.css";

interface Props {
  result: RoundResult;
  qualification: Qualification;
  projectId: string;
  lang: string;
  onAgain: () => void;
  onBack: () => void;
}

/** How the qualification went, and once it was passed what was expected in each item. */
export function RoundView({ result, qualification, projectId, lang, onAgain, onBack }: Props) {
  const { t, language } = useText();
  const share = percent(result.agreement, language);
  const mark = percent(result.pass_mark / 100, language);
  return (
    <>
      <section className={styles.verdict} data-passed={result.passed}>
        <h1>{t(result.passed ? "practice.passed" : "practice.notYet")}</h1>
        <p>{t("practice.result", { share, mark })}</p>
        {!result.passed && <p>{t("practice.kind")}</p>}
        <div className={styles.foot}>
          {result.passed ? (
            <Link className={styles.door} to={paths.label(projectId)}>
              {t("practice.toWork")}
            </Link>
          ) : qualification.next ? (
            <Button kind="primary" onClick={onAgain}>
              {t("practice.again")}
            </Button>
          ) : (
            qualification.retry_at && (
              <p>{t("practice.waitUntil", { time: formatTime(qualification.retry_at, language) })}</p>
            )
          )}
          <Button onClick={onBack}>{t("practice.toOverview")}</Button>
        </div>
      </section>
      {result.feedback.map((feedback, index) => (
        <section key={feedback.item_id} className={styles.item}>
          <h2>{t("practice.item", { number: index + 1 })}</h2>
          <FeedbackView feedback={feedback} lang={lang} />
        </section>
      ))}
    </>
  );
}
