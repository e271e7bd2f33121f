import { useText } from "@/lib/i18n";
import type { Step } from "./judgment";
import styles from "./Steps.module.css";

interface Props {
  steps: readonly Step[];
  step: Step;
  onGo: (step: Step) => void;
}

/** Where one is on the way through an item; every step can be gone to. */
export function Steps({ steps, step, onGo }: Props) {
  const { t } = useText();
  if (steps.length < 2) return null;
  return (
    <nav aria-label={t("labeling.steps")}>
      <ol className={styles.steps}>
        {steps.map((each, index) => (
          <li key={each}>
            <button
              type="button"
              aria-current={each === step ? "step" : undefined}
              data-before={index < steps.indexOf(step)}
              onClick={() => onGo(each)}
            >
              {t(`labeling.step.${each}`)}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
