import { useEffect, useState } from "react";
import { readSlot } from "./api";
import type { WorkQueue } from "./queue";

const HEARTBEAT_MS = 30_000;

/** What became of a lease that ran out: somebody else has the item, or I do, on another device. */
export type Loss = "toSomebodyElse" | "toMe";

/** Renews the leases while the page is visible. The slots whose lease is gone all the same. */
export function useLease(queue: WorkQueue): ReadonlyMap<string, Loss> {
  const [lost, setLost] = useState<ReadonlyMap<string, Loss>>(new Map());
  useEffect(() => {
    const renew = async () => {
      if (document.visibilityState !== "visible") return;
      const gone = await queue.renew();
      for (const slot of gone) {
        const loss = await whose(slot);
        setLost((before) => (before.get(slot) === loss ? before : new Map(before).set(slot, loss)));
      }
    };
    const timer = setInterval(() => void renew(), HEARTBEAT_MS);
    const now = () => void renew();
    document.addEventListener("visibilitychange", now);
    window.addEventListener("online", now);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", now);
      window.removeEventListener("online", now);
    };
  }, [queue]);
  return lost;
}

/** The server shows a slot to the one who has it. */
async function whose(slot: string): Promise<Loss> {
  return readSlot(slot).then(
    () => "toMe",
    () => "toSomebodyElse",
  );
}
