import { PromptPane } from "@/features/labeling/PromptPane";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import type { Feedback } from "./api";
import styles from "./FeedbackView.module.css";
import { percent } from "./figures";

interface Props {
  feedback: Feedback;
  lang: string;
}

/** What was expected beside what was said: the orders, the pairs that differ, and why. */
export function FeedbackView({ feedback, lang }: Props) {
  const { t, language } = useText();
  const { completions, expected, given, pairs, explanation } = feedback;
  const letters = new Map(
    completions.map(({ id }, index) => [id, String.fromCharCode(65 + index)]),
  );
  const texts = new Map(completions.map(({ id, text }) => [id, text]));
  const different = pairs.filter((pair) => pair.said !== "same");
  const letter = (id: string) => letters.get(id) ?? "?";
  return (
    <div className={styles.feedback}>
      <p className={styles.score}>
        <b>{percent(feedback.agreement, language)}</b>{" "}
        {t("practice.pairs", { same: pairs.length - different.length, count: pairs.length })}
      </p>
      <dl className={styles.orders}>
        <Order name={t("practice.expected")} tiers={expected} letter={letter} />
        <Order name={t("practice.yours")} tiers={given} letter={letter} />
      </dl>
      {different.length > 0 && (
        <ul className={styles.pairs}>
          {different.map(({ better, worse, said }) => (
            <li key={`${better}${worse}`}>
              {t(`practice.pair.${said === "same" ? "tie" : said}`, {
                better: letter(better),
                worse: letter(worse),
              })}
            </li>
          ))}
        </ul>
      )}
      {explanation && (
        <div className={styles.why} lang={lang}>
          <ModelText text={explanation} />
        </div>
      )}
      <details className={styles.texts} open={different.length > 0}>
        <summary>{t("practice.texts")}</summary>
        <PromptPane messages={feedback.prompt.messages} lang={lang} raw={false} />
        {expected.flat().map((id) => (
          <article key={id} aria-label={t("report.answer", { letter: letter(id) })}>
            <span className={styles.letter} aria-hidden="true">
              {letter(id)}
            </span>
            <div lang={lang}>
              <ModelText text={texts.get(id) ?? ""} />
            </div>
          </article>
        ))}
      </details>
    </div>
  );
}

interface OrderProps {
  name: string;
  tiers: readonly (readonly string[])[];
  letter: (id: string) => string;
}

/** A weak order in letters, best first. */
function Order({ name, tiers, letter }: OrderProps) {
  const words = tiers.map((tier) => tier.map(letter).sort().join(" = ")).join(" > ");
  return (
    <div>
      <dt>{name}</dt>
      <dd>{words}</dd>
    </div>
  );
}
