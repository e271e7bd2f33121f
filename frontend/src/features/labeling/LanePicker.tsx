import { useText } from "@/lib/i18n";
import { TRAY, UNJUDGEABLE, type Place } from "./board";
import styles from "./LanePicker.module.css";

interface Props {
  letter: string;
  place: Place;
  lanes: number;
  /** Only the answer in focus is in the tab order. */
  reachable: boolean;
  onPlace: (place: Place) => void;
}

/** The tiers as a row of numbers, and "cannot judge". Pressed again an answer goes back to the tray. */
export function LanePicker({ letter, place, lanes, reachable, onPlace }: Props) {
  const { t } = useText();
  const choices = [...Array.from({ length: lanes }, (_, index) => index + 1), UNJUDGEABLE];
  return (
    <div className={styles.lanes} role="group" aria-label={t("labeling.placeAnswer", { letter })}>
      {choices.map((choice) => {
        const words =
          choice === UNJUDGEABLE ? t("labeling.unjudgeable") : t("labeling.tier", { tier: choice });
        return (
          <button
            key={choice}
            type="button"
            className={styles.lane}
            aria-pressed={place === choice}
            aria-label={words}
            title={choice === UNJUDGEABLE ? words : undefined}
            tabIndex={reachable ? 0 : -1}
            onClick={(event) => {
              event.stopPropagation();
              onPlace(place === choice ? TRAY : choice);
            }}
          >
            {choice === UNJUDGEABLE ? "?" : choice}
          </button>
        );
      })}
    </div>
  );
}
