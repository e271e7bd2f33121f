import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useLocation, useParams, useSearchParams } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { usePreferences } from "@/features/preferences/usePreferences";
import { renderAhead } from "@/features/text/rendered";
import { useProject } from "@/features/projects/queries";
import { isPassing, Problem } from "@/lib/http";
import { newUuid } from "@/lib/ids";
import { usePart, useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { Notice } from "@/ui/Notice";
import { useActionKeys, type Handlers } from "./ActionsProvider";
import {
  readProgress,
  readSlot,
  reopenSubmission,
  undoSubmission,
  type Assignment,
  type DemonstrationBody,
  type RankingBody,
} from "./api";
import { BarButtons } from "./BarButtons";
import { BreakReminder } from "./BreakReminder";
import { Delivery, LastSent } from "./Delivery";
import { DemonstrationScreen } from "./DemonstrationScreen";
import { useGuidelinesNews } from "./guidelines";
import { GuidelinesPanel } from "./GuidelinesPanel";
import { soundKeys } from "./keymap";
import { KeysDialog } from "./KeysDialog";
import { NothingLeft } from "./NothingLeft";
import { LabelNotices } from "./LabelNotices";
import styles from "./LabelPage.module.css";
import type { Unsent } from "./journal";
import { ModeScreen } from "./modes/ModeScreen";
import type { Outbox } from "./outbox";
import type { WorkQueue } from "./queue";
import { ReportDialog } from "./ReportDialog";
import { SkipDialog } from "./SkipDialog";
import { ToldAfterwards } from "./ToldAfterwards";
import { useLabelingSession } from "./useLabelingSession";
import { useLease } from "./useLease";
import { useWorkplace } from "./workplace";

export type Panel = "skip" | "report" | "guidelines" | "help";

export default function LabelPage() {
  const { projectId = "" } = useParams();
  return <Work key={projectId} projectId={projectId} />;
}

function Work({ projectId }: { projectId: string }) {
  const { t } = useText();
  const project = useProject(projectId);
  const { outbox, journal, desk } = useWorkplace();
  const queue = useLabelingSession(projectId);
  const { phase, current, next, error, wasTaken } = useStore(queue);
  const turn = usePart(desk, "turn");
  const [panel, setPanel] = useState<Panel | null>(null);
  const [undoFailed, setUndoFailed] = useState<unknown>(null);
  const [reported, setReported] = useState(false);
  const reopened = useReopened(queue);
  const goOn = useCallback(() => {
    reopened.done();
    queue.advance();
    window.scrollTo({ top: 0 });
  }, [queue, reopened.done]);
  const lost = useLease(queue);
  // What says how much was done can wait for the item.
  const settled = phase !== "loading";
  const progress = useProgress(projectId, settled, outbox);
  const assignment = current?.assignment ?? null;
  const lang = project.data?.language ?? "";
  const close = useCallback(() => setPanel(null), []);
  const unread = useGuidelinesNews(projectId, settled, useCallback(() => setPanel("guidelines"), []));

  const onSubmit = useCallback(
    (body: RankingBody | DemonstrationBody) => {
      if (!assignment) return;
      const { slot_id: slotId, lease_token, supersedes } = assignment;
      const entry: Unsent = {
        clientUuid: newUuid(),
        slotId,
        projectId,
        body: { ...body, lease_token, ...(supersedes && { supersedes }) },
        madeAt: Date.now(),
        attempts: 0,
        draft: journal.get("draft", slotId) ?? null,
      };
      void outbox.add(entry, assignment);
      setUndoFailed(null);
      setReported(false);
      goOn();
    },
    [assignment, journal, outbox, goOn, projectId],
  );

  const bringBack = useCallback(
    (clientUuid: string) => {
      setUndoFailed(null);
      void takenBack(clientUuid, outbox)
        .then((back) => queue.putInFront(back))
        .then(() => window.scrollTo({ top: 0 }))
        .catch(setUndoFailed);
    },
    [outbox, queue],
  );

  usePanelKeys(assignment === null && panel === null, setPanel);

  useRenderedAhead(next?.assignment ?? null);
  const loss = assignment ? lost.get(assignment.slot_id) : undefined;
  const hasUndoFailed = undoFailed !== null;
  // Kept while they say the same: the screen of the item is drawn anew only for a reason of its own.
  const notices = useMemo(
    () => (
      <>
        <LabelNotices
          queue={queue}
          loss={loss}
          undoFailed={hasUndoFailed}
          reopenFailed={reopened.failed}
          onLeave={goOn}
        />
        {reported && <Notice tone="calm">{t("report.done")}</Notice>}
        <Delivery outbox={outbox} onBringBack={bringBack} />
      </>
    ),
    [queue, loss, hasUndoFailed, reopened.failed, goOn, reported, t, outbox, bringBack],
  );
  const lastSent = useMemo(
    () => <LastSent outbox={outbox} onBringBack={bringBack} />,
    [outbox, bringBack],
  );

  return (
    <div className={styles.page}>
      <TopBar
        title={project.data?.name}
        note={progress ? t("labeling.doneToday", { count: progress.done_today }) : undefined}
      >
        <BarButtons unread={unread} withKeys onOpen={setPanel} />
      </TopBar>
      <main className={styles.main}>
        <h1 className="srOnly">{t("labeling.title", { project: project.data?.name ?? "" })}</h1>
        {assignment === null ? (
          <div className={styles.waiting}>
            {notices}
            {lastSent}
            {!wasTaken && phase === "loading" && <p role="status">{t("common.loading")}</p>}
            {phase === "failed" && (
              <ClaimFailed error={error} outbox={outbox} projectId={projectId} />
            )}
            {phase === "empty" && <NothingLeft projectId={projectId} />}
          </div>
        ) : assignment.item.kind === "demonstration" ? (
          <DemonstrationScreen
            key={`${assignment.lease_token}.${turn}`}
            assignment={assignment}
            lang={lang}
            panelOpen={panel !== null}
            onOpen={setPanel}
            onSubmit={onSubmit}
            notices={notices}
            lastSent={lastSent}
          />
        ) : (
          <ModeScreen
            key={`${assignment.lease_token}.${turn}`}
            assignment={assignment}
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
      {panel === "help" && <KeysDialog assignment={assignment} onClose={close} />}
      <BreakReminder />
      {progress?.tells_expected && <ToldAfterwards outbox={outbox} lang={lang} />}
      {panel === "report" && assignment && (
        <ReportDialog
          assignment={assignment}
          lang={lang}
          onClose={close}
          onReported={() => {
            close();
            setReported(true);
            goOn();
          }}
        />
      )}
      {panel === "skip" && assignment && (
        <SkipDialog
          assignment={assignment}
          onClose={close}
          onSkipped={() => {
            close();
            desk.discard(assignment.slot_id);
            goOn();
          }}
        />
      )}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  outbox: Outbox;
  projectId: string;
}

function ClaimFailed({ error, outbox, projectId }: FailedProps) {
  const { t } = useText();
  const { pathname } = useLocation();
  const waiting = usePart(outbox, "waiting");
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
  if (error instanceof Problem && error.code === "not_qualified") {
    return (
      <section className={styles.empty}>
        <h2>{t("practice.first")}</h2>
        <p>{t("practice.firstLead")}</p>
        <p>
          <Link to={paths.practice(projectId)}>{t("practice.toRound")}</Link>
        </p>
      </section>
    );
  }
  if (error instanceof Problem && (error.status === 403 || error.status === 404)) {
    const isAtRest = error.code === "suspended" || error.code === "second_factor_needed";
    return <Notice tone="warn">{isAtRest ? problemWords(t, error) : t("labeling.leftProject")}</Notice>;
  }
  const words = isPassing(error) ? t("labeling.claimFailed") : problemWords(t, error);
  return <Notice tone="warn">{words}</Notice>;
}

/** A judgment on the screen again: out of the outbox where it still is, else from the server. */
async function takenBack(clientUuid: string, outbox: Outbox): Promise<Assignment> {
  const unsent = outbox.state.unsent.find((entry) => entry.clientUuid === clientUuid);
  if (!unsent) {
    const assignment = await undoSubmission(clientUuid);
    outbox.forgetLast();
    return assignment;
  }
  const known = outbox.assignmentOf(unsent) ?? (await readSlot(unsent.slotId));
  await outbox.drop(unsent, unsent.draft);
  return known;
}

/** `?open=` names a judgment of mine to be changed; it stays in the address until it was. */
function useReopened(queue: WorkQueue): { failed: boolean; done: () => void } {
  const [search, setSearch] = useSearchParams();
  const { journal } = useWorkplace();
  const ready = usePart(journal, "ready");
  const [failed, setFailed] = useState(false);
  const clientUuid = search.get("open");
  useEffect(() => {
    if (!clientUuid || !ready) return;
    setFailed(false);
    void reopenSubmission(clientUuid)
      .then((assignment) => queue.putInFront(assignment))
      .catch(() => setFailed(true));
  }, [clientUuid, queue, ready]);
  const done = useCallback(() => {
    setFailed(false);
    if (clientUuid) setSearch({}, { replace: true });
  }, [clientUuid, setSearch]);
  return { failed, done };
}

function useProgress(projectId: string, wanted: boolean, outbox: Outbox) {
  const client = useQueryClient();
  const arrivals = usePart(outbox, "arrivals");
  useEffect(() => {
    if (arrivals > 0) void client.invalidateQueries({ queryKey: ["progress", projectId] });
  }, [client, arrivals, projectId]);
  return useQuery({
    enabled: wanted,
    queryKey: ["progress", projectId],
    queryFn: () => readProgress(projectId),
  }).data;
}

/** The next item's texts are ready before it is shown. */
function useRenderedAhead(next: Assignment | null): void {
  useEffect(() => {
    if (!next) return;
    const asked = next.prompt.messages.map((message) => message.content);
    renderAhead([...asked, ...next.completions.map((completion) => completion.text)]);
  }, [next]);
}

/** With nothing on screen the panels still open by key. */
function usePanelKeys(active: boolean, open: (panel: Panel) => void): void {
  const { keys } = usePreferences();
  const handlers = useMemo<Handlers>(
    () => ({ guidelines: { run: () => open("guidelines") }, help: { run: () => open("help") } }),
    [open],
  );
  useActionKeys("none", handlers, useMemo(() => soundKeys(keys), [keys]), !active);
}
