import { useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { codeWords } from "@/lib/problems";
import { useStore } from "@/lib/store";
import { Notice } from "@/ui/Notice";
import { byWait, type Outbox } from "./outbox";

interface Props {
  outbox: Outbox;
  onBringBack: (clientUuid: string) => void;
}

const UNDO_FOR_MS = 10 * 60_000;

/** Judgments that left the screen and have not arrived: still here, or refused. */
export function Delivery({ outbox, onBringBack }: Props) {
  const { t } = useText();
  const { unsent, waiting, isSlow } = useStore(outbox);
  const location = useLocation();
  const { refused, resting, held } = byWait(unsent);

  return (
    <>
      {refused.map((entry) => (
        <Notice
          key={entry.clientUuid}
          tone="bad"
          actions={
            <>
              <button type="button" onClick={() => onBringBack(entry.clientUuid)}>
                {t("labeling.reopen")}
              </button>
              <button type="button" onClick={() => void outbox.drop(entry)}>
                {t("labeling.discard")}
              </button>
            </>
          }
        >
          {t("labeling.refused", {
            reason: codeWords(t, entry.refused?.code ?? "", entry.refused?.message ?? ""),
          })}
        </Notice>
      ))}
      {resting > 0 && <Notice tone="calm">{t("labeling.unsentArchived", { count: resting })}</Notice>}
      {waiting !== "signedOut" && isSlow && held > 0 && (
        <Notice
          tone="warn"
          actions={
            <button type="button" onClick={outbox.retryNow}>
              {t("labeling.retryNow")}
            </button>
          }
        >
          {t("labeling.unsent", { count: held })}
        </Notice>
      )}
      {waiting === "signedOut" && held > 0 && (
        <Notice
          tone="warn"
          actions={
            <Link to={`${paths.signIn}?next=${encodeURIComponent(location.pathname)}`}>
              {t("auth.signIn")}
            </Link>
          }
        >
          {t("labeling.signedOut", { count: held })}
        </Notice>
      )}
    </>
  );
}

/** The latest judgment went in; for ten minutes it can be taken back. */
export function LastSent({ outbox, onBringBack }: Props) {
  const { t } = useText();
  const { unsent, last } = useStore(outbox);
  const now = useNow(last !== null);
  if (!last || unsent.length > 0 || now - last.sentAt >= UNDO_FOR_MS) return null;
  return (
    <Notice
      tone="calm"
      actions={
        <button type="button" onClick={() => onBringBack(last.clientUuid)}>
          {t("labeling.undoSubmit")}
        </button>
      }
    >
      {t(last.surplus ? "labeling.sentSurplus" : "labeling.sent")}
    </Notice>
  );
}

function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
