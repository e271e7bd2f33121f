import { useText } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import { byWait } from "./outbox";
import { useWorkplace } from "./workplace";

/** "2 unsent", on every page, as long as judgments wait on this device. */
export function UnsentMark({ className }: { className?: string | undefined }) {
  const { t } = useText();
  const { outbox } = useWorkplace();
  const { unsent, isSlow } = useStore(outbox);
  if (unsent.length === 0 || !isSlow) return null;
  const { refused } = byWait(unsent);
  const words = refused.length > 0 ? "labeling.refusedHere" : "labeling.unsent";
  const count = refused.length || unsent.length;
  return (
    <span className={className} role="status" title={t(words, { count })}>
      {t("labeling.unsentMark", { count: unsent.length })}
    </span>
  );
}
