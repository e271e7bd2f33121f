import { useRef, useState, type KeyboardEvent } from "react";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import type { Candidate, Step } from "./api";
import { candidatesOf, isCut, surprise } from "./best";
import styles from "./playground.module.css";

/** The tokens of a completion; of one of them what else could have stood there. Arrow keys walk along. */
export function Tokens({ steps }: { steps: readonly Step[] }) {
  const { t } = useText();
  const [at, setAt] = useState(0);
  const row = useRef<HTMLDivElement>(null);
  const walk = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.min(steps.length - 1, Math.max(0, at + by));
    setAt(next);
    row.current?.querySelectorAll("button")[next]?.focus();
  };
  const step = steps[at];
  return (
    <div className={styles.tokens}>
      <div ref={row} role="group" aria-label={t("playground.tokens")} onKeyDown={walk} className={styles.row}>
        {steps.map((each, index) => (
          <button
            key={index}
            type="button"
            tabIndex={index === at ? 0 : -1}
            aria-pressed={index === at}
            data-surprise={surprise(each.chosen.probability)}
            onClick={() => setAt(index)}
          >
            <VisibleText text={shown(each.chosen.text)} />
          </button>
        ))}
      </div>
      <p className={styles.legend}>{t("playground.underlined")}</p>
      {step && <Place step={step} />}
    </div>
  );
}

/** White space that would not be seen, as signs. */
function shown(text: string): string {
  return text.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥") || "∅";
}

function Place({ step }: { step: Step }) {
  const { t, language } = useText();
  const { rows, cutAfter } = candidatesOf(step);
  const isTold = step.chosen.fate !== null; // a server says nothing of filters
  const percent = (value: number) =>
    value.toLocaleString(language, { style: "percent", maximumFractionDigits: value < 0.01 ? 3 : 1 });
  return (
    <div aria-live="polite">
      <table className={styles.alternatives}>
        <thead>
          <tr>
            <th scope="col">{t("playground.token")}</th>
            <th scope="col">{t("playground.probability")}</th>
            {isTold && <th scope="col">{t("playground.after")}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ candidate, isChosen }, index) => (
            <tr key={index} data-chosen={isChosen} data-cut={isCut(candidate)} data-first-cut={index === cutAfter}>
              <th scope="row">
                <VisibleText text={shown(candidate.text)} />
                {isChosen && <span className="srOnly"> {t("playground.chosen")}</span>}
              </th>
              <td>
                <span className={styles.bar} style={{ inlineSize: `${Math.max(1, 100 * candidate.probability)}%` }} />
                <span>{percent(candidate.probability)}</span>
              </td>
              {isTold && <td>{fateOf(candidate, percent, t)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">
        {step.entropy_bits === null
          ? t(step.rank === null ? "served.beyond" : "served.rank", { rank: step.rank ?? 0 })
          : t("playground.place", { rank: step.rank ?? 0, bits: step.entropy_bits.toFixed(2) })}
        {step.cut !== null && step.cut > 0 && ` · ${t("playground.cut", { share: percent(step.cut), kept: step.kept ?? 0 })}`}
      </p>
    </div>
  );
}

function fateOf(candidate: Candidate, percent: (value: number) => string, t: ReturnType<typeof useText>["t"]): string {
  if (candidate.fate === null) return "";
  return candidate.fate === "kept" ? percent(candidate.after ?? 0) : t(`playground.fate.${candidate.fate}`);
}
