import { listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { letterOf } from "./board";
import type { Asked } from "./useJudgment";

interface Props {
  asked: Asked;
  /** Where the letters come from. */
  shown: { readonly order: readonly string[] };
  className: string | undefined;
}

/** What stands against handing in; read and heard in the same words. */
export function AskedWords({ asked, shown, className }: Props) {
  const { t } = useText();
  const letters = listOf(asked.unread.map((id) => letterOf(shown, id)));
  return (
    <p className={className} role="alert">
      {asked.unplaced > 0 && <span>{t("labeling.unplacedLeft", { count: asked.unplaced })} </span>}
      {asked.unread.length > 0 && <span>{t("labeling.unreadLeft", { letters })} </span>}
      <span>{t("labeling.againToSubmit")}</span>
    </p>
  );
}
