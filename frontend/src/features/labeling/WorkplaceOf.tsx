import { useEffect, useState, type ReactNode } from "react";
import { readMe } from "@/features/auth/api";
import { putDraft, submit } from "./api";
import { DraftDesk } from "./drafts";
import { Journal } from "./journal";
import { Outbox } from "./outbox";
import { aloneAs } from "./tabs";
import { WorkplaceContext, type Workplace } from "./workplace";

/** Mounted anew for every person; sending goes on whatever page is open. */
export default function WorkplaceOf({ userId, children }: { userId: string; children: ReactNode }) {
  const [workplace] = useState(() => furnish(userId));
  useEffect(() => {
    const { journal, outbox } = workplace;
    let left = false;
    void journal.open().then(() => {
      if (!left) outbox.start();
    });
    const onClose = (event: BeforeUnloadEvent) => {
      if (journal.isAtRisk) event.preventDefault();
    };
    window.addEventListener("beforeunload", onClose);
    return () => {
      left = true;
      window.removeEventListener("beforeunload", onClose);
      outbox.stop();
      journal.close();
    };
  }, [workplace]);
  return <WorkplaceContext value={workplace}>{children}</WorkplaceContext>;
}

function furnish(userId: string): Workplace {
  const journal = new Journal(userId);
  const server = {
    submit: ({ slotId, clientUuid, body }: Parameters<Outbox["add"]>[0]) =>
      submit(slotId, clientUuid, body),
    isMe: async () => (await readMe()).id === userId,
  };
  const outbox = new Outbox(server, journal, aloneAs(userId));
  return { userId, journal, outbox, desk: new DraftDesk({ put: putDraft }, journal) };
}
