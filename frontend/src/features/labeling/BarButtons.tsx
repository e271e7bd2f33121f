import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import styles from "./BarButtons.module.css";
import type { Panel } from "./LabelPage";
import { useShownKey } from "./useShownKey";

interface Props {
  /** There is a version of the guidelines that I have not read. */
  unread: boolean;
  /** There is something to press keys for. */
  withKeys: boolean;
  onOpen: (panel: Panel) => void;
}

/** What stays within reach beside any work: the guidelines and the keys. */
export function BarButtons({ unread, withKeys, onOpen }: Props) {
  const { t } = useText();
  const keyOf = useShownKey();
  return (
    <>
      <Button kind="quiet" hint={keyOf("guidelines")} onClick={() => onOpen("guidelines")}>
        {t("labeling.guidelines")}
        {unread && <span className={styles.unread} role="img" aria-label={t("guidelines.unread")} />}
      </Button>
      {withKeys && (
        <Button kind="quiet" className={styles.keys} hint={keyOf("help")} onClick={() => onOpen("help")}>
          {t("labeling.keys")}
        </Button>
      )}
    </>
  );
}
