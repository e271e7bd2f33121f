import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { Link, useLocation, useParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { useProject } from "@/features/projects/queries";
import { Problem } from "@/lib/http";
import { newUuid } from "@/lib/ids";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { actionFor } from "./actions";
import {
  readProgress,
  readSlot,
  undoSubmission,
  type Assignment,
  type DemonstrationBody,
  type RankingBody,
} from "./api";
import { Delivery, LastSent } from "./Delivery";
import { DemonstrationScreen } from "./DemonstrationScreen";
import { forgetDraft } from "./drafts";
import { GuidelinesPanel } from "./GuidelinesPanel";
import { HelpOverlay } from "./HelpOverlay";
import styles from "./LabelPage.module.css";
import type { Outbox } from "./outbox";
import { RankingScreen } from "./RankingScreen";
import { SkipDialog } from "./SkipDialog";
import { draftKey } from "./useDraft";
import { useLabelingSession, type LabelingSession } from "./useLabelingSession";

export type Panel = "skip" | "guidelines" | "help";

export default function LabelPage() {
  const { projectId = "" } = useParams();
  return <Work key={projectId} projectId={projectId} />;
}

function Work({ projectId }: { projectId: string }) {
  const { t } = useText();
  const me = useMe();
  const project = useProject(projectId);
  const session = useLabelingSession(projectId, me.id);
  const { queue, outbox } = session;
  const { phase, current, next, error } = useStore(queue);
  const [panel, setPanel] = useState<Panel | null>(null);
  const [undoFailed, setUndoFailed] = useState<unknown>(null);
  const lost = useLease(session);
  const progress = useProgress(projectId, session);
  const assignment = current?.assignment ?? null;
  const lang = project.data?.language ?? "";
  const close = useCallback(() => setPanel(null), []);

  const onSubmit = useCallback(
    (body: RankingBody | DemonstrationBody) => {
      if (!assignment) return;
      const entry = {
        clientUuid: newUuid(),
        slotId: assignment.slot_id,
        projectId,
        body: { ...body, lease_token: assignment.lease_token },
        madeAt: Date.now(),
        attempts: 0,
      };
      outbox.add(entry, assignment);
      forgetDraft(draftKey(me.id, assignment.slot_id));
      setUndoFailed(null);
      queue.advance();
      window.scrollTo({ top: 0 });
    },
    [assignment, outbox, queue, me.id, projectId],
  );

  const bringBack = useCallback(
    async (clientUuid: string) => {
      setUndoFailed(null);
      try {
        const unsent = outbox.state.unsent.find((entry) => entry.clientUuid === clientUuid);
        if (unsent) {
          const known = outbox.assignmentOf(clientUuid) ?? (await readSlot(unsent.slotId));
          outbox.drop(clientUuid);
          queue.putInFront({ ...known, draft: { revision: known.draft?.revision ?? 0, payload: unsent.body } });
        } else {
          queue.putInFront(await undoSubmission(clientUuid));
          outbox.forgetLast();
        }
        window.scrollTo({ top: 0 });
      } catch (failure) {
        setUndoFailed(failure);
      }
    },
    [outbox, queue],
  );

  usePanelKeys(assignment === null && panel === null, setPanel);

  const notices = (
    <>
      {lost && assignment && lost.has(assignment.slot_id) && (
        <Notice
          tone="warn"
          actions={
            <button type="button" onClick={() => queue.advance()}>
              {t("labeling.nextItem")}
            </button>
          }
        >
          {t("labeling.leaseLost")}
        </Notice>
      )}
      {undoFailed !== null && <Notice tone="warn">{t("labeling.undoFailed")}</Notice>}
      <Delivery outbox={outbox} onBringBack={(id) => void bringBack(id)} />
    </>
  );

  const lastSent = <LastSent outbox={outbox} onBringBack={(id) => void bringBack(id)} />;

  return (
    <div className={styles.page}>
      <TopBar
        title={project.data?.name}
        note={progress ? t("labeling.doneToday", { count: progress.done_today }) : undefined}
      >
        <Button kind="quiet" hint="G" onClick={() => setPanel("guidelines")}>
          {t("labeling.guidelines")}
        </Button>
        <Button kind="quiet" hint="?" onClick={() => setPanel("help")}>
          {t("labeling.keys")}
        </Button>
      </TopBar>
      <main className={styles.main}>
        <h1 className="srOnly">{t("labeling.title", { project: project.data?.name ?? "" })}</h1>
        {assignment === null ? (
          <div className={styles.waiting}>
            {notices}
            {lastSent}
            {phase === "loading" && <p role="status">{t("common.loading")}</p>}
            {phase === "failed" && <ClaimFailed error={error} outbox={outbox} />}
            {phase === "empty" && (
              <section className={styles.empty}>
                <h2>{t("labeling.nothing")}</h2>
                <p>{t("labeling.nothingMore")}</p>
                <p>
                  <Link to={paths.history(projectId)}>{t("labeling.history")}</Link>
                </p>
              </section>
            )}
          </div>
        ) : assignment.item.kind === "demonstration" ? (
          <DemonstrationScreen
            key={assignment.lease_token}
            assignment={assignment}
            lang={lang}
            panelOpen={panel !== null}
            onOpen={setPanel}
            onSubmit={onSubmit}
            notices={notices}
            lastSent={lastSent}
          />
        ) : (
          <RankingScreen
            key={assignment.lease_token}
            assignment={assignment}
            next={next?.assignment ?? null}
            lang={lang}
            panelOpen={panel !== null}
            onOpen={setPanel}
            onSubmit={onSubmit}
            notices={notices}
            lastSent={lastSent}
          />
        )}
      </main>
      {panel === "guidelines" && <GuidelinesPanel projectId={projectId} lang={lang} onClose={close} />}
      {panel === "help" && <HelpOverlay lanes={assignment?.completions.length ?? 0} onClose={close} />}
      {panel === "skip" && assignment && (
        <SkipDialog
          assignment={assignment}
          onClose={close}
          onSkipped={() => {
            close();
            skipped(assignment, session, me.id);
          }}
        />
      )}
    </div>
  );
}

function ClaimFailed({ error, outbox }: { error: unknown; outbox: Outbox }) {
  const { t } = useText();
  const { pathname } = useLocation();
  const { waiting } = useStore(outbox);
  if (waiting === "signedOut") return null; // said already, with what is unsent
  if (error instanceof Problem && error.status === 401) {
    return (
      <Notice
        tone="warn"
        actions={<Link to={`${paths.signIn}?next=${pathname}`}>{t("auth.signIn")}</Link>}
      >
        {t("auth.signedOut")}
      </Notice>
    );
  }
  const words = error instanceof Problem ? error.message : t("labeling.claimFailed");
  return <Notice tone="warn">{words}</Notice>;
}

function skipped(assignment: Assignment, { queue }: LabelingSession, userId: string): void {
  forgetDraft(draftKey(userId, assignment.slot_id));
  queue.advance();
  window.scrollTo({ top: 0 });
}

const HEARTBEAT_MS = 30_000;

/** Renews the leases while the page is visible. The slots whose lease ran out all the same. */
function useLease({ queue }: LabelingSession): ReadonlySet<string> {
  const [lost, setLost] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const renew = async () => {
      if (document.visibilityState !== "visible") return;
      const gone = await queue.renew();
      setLost((before) => (gone.every((slot) => before.has(slot)) ? before : new Set([...before, ...gone])));
    };
    const timer = setInterval(() => void renew(), HEARTBEAT_MS);
    const onVisible = () => void renew();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [queue]);
  return lost;
}

function useProgress(projectId: string, { outbox }: LabelingSession) {
  const client = useQueryClient();
  const { last } = useStore(outbox);
  useEffect(() => {
    if (last) void client.invalidateQueries({ queryKey: ["progress", projectId] });
  }, [client, last, projectId]);
  return useQuery({ queryKey: ["progress", projectId], queryFn: () => readProgress(projectId) }).data;
}

/** With nothing on screen the panels still open by key. */
function usePanelKeys(active: boolean, open: (panel: Panel) => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const action = actionFor(event);
      if (action?.id === "guidelines" || action?.id === "help") {
        event.preventDefault();
        open(action.id);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [active, open]);
}
