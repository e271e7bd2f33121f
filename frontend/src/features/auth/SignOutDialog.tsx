import { useState } from "react";
import { useWorkplace } from "@/features/labeling/workplace";
import { useText } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";
import { useSignOut } from "./session";
import styles from "./SignOutDialog.module.css";

/** Signing out with judgments still on this device: says what becomes of them. */
export default function SignOutDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const signOut = useSignOut();
  const { outbox, journal } = useWorkplace();
  const { unsent } = useStore(outbox);
  const { keeping } = useStore(journal);
  const [failed, setFailed] = useState(false);
  const count = unsent.length;
  const words = keeping === "memory" ? "auth.leaving.lost" : "auth.leaving.kept";
  return (
    <Dialog title={t("auth.signOut")} onClose={onClose}>
      <p>{count > 0 ? t(words, { count }) : t("auth.leaving.sent")}</p>
      {failed && <Notice tone="warn">{t("auth.failure.unreachable")}</Notice>}
      <div className={styles.foot}>
        {count > 0 && <Button onClick={outbox.retryNow}>{t("labeling.retryNow")}</Button>}
        <Button kind="primary" onClick={() => void signOut().catch(() => setFailed(true))}>
          {t("auth.signOut")}
        </Button>
      </div>
    </Dialog>
  );
}
