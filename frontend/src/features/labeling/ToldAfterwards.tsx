import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import { usePart } from "@/lib/store";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { readFeedback, type Feedback } from "./api";
import type { Outbox } from "./outbox";

const FeedbackView = lazy(() =>
  import("@/features/practice/FeedbackView").then((file) => ({ default: file.FeedbackView })),
);

/**
 * What was expected of the judgment that arrived last, where the project tells it. The server answers
 * "nothing" for nearly all of them, and is asked only after a judgment is in: nobody learns beforehand.
 */
export function ToldAfterwards({ outbox, lang }: { outbox: Outbox; lang: string }) {
  const { t } = useText();
  const last = usePart(outbox, "last");
  const asked = useRef(last?.clientUuid);
  const [told, setTold] = useState<Feedback | null>(null);
  useEffect(() => {
    if (!last || last.surplus || asked.current === last.clientUuid) return;
    asked.current = last.clientUuid;
    // Away from the server there is nothing to tell; the work goes on.
    readFeedback(last.clientUuid).then((found) => found && setTold(found), () => undefined);
  }, [last]);
  if (!told) return null;
  const close = () => setTold(null);
  const allAlike = told.pairs.every((pair) => pair.said === "same");
  return (
    <Dialog title={t("labeling.told.title")} shape="wide" onClose={close}>
      <p>{t(allAlike ? "labeling.told.alike" : "labeling.told.different")}</p>
      <Suspense fallback={<p role="status">{t("common.loading")}</p>}>
        <FeedbackView feedback={told} lang={lang} />
      </Suspense>
      <p>
        <Button kind="primary" data-autofocus onClick={close}>
          {t("labeling.told.goOn")}
        </Button>
      </p>
    </Dialog>
  );
}
