import { useText } from "@/lib/i18n";
import { Dialog } from "@/ui/Dialog";
import { ACTIONS, LANE_ACTIONS, shownKey, type LabelingAction } from "./actions";
import styles from "./HelpOverlay.module.css";

const GROUPS = ["place", "move", "item", "view"] as const;

/** All keys, drawn from the list that the keyboard itself uses. */
export function HelpOverlay({ lanes, onClose }: { lanes: number; onClose: () => void }) {
  const { t } = useText();
  const single = ACTIONS.filter((action) => !LANE_ACTIONS.includes(action));
  return (
    <Dialog title={t("labeling.keysTitle")} onClose={onClose}>
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className={styles.name}>{t(`labeling.group.${group}`)}</h3>
            <dl className={styles.list}>
              {group === "place" && (
                <Row keys={`1–${Math.max(lanes, 2)}`} words={t("labeling.action.lane")} />
              )}
              {single
                .filter((action) => action.group === group)
                .map((action: LabelingAction) => (
                  <Row key={action.id} keys={shownKey(action)} words={t(action.label)} />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Row({ keys, words }: { keys: string; words: string }) {
  return (
    <div className={styles.row}>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{words}</dd>
    </div>
  );
}
