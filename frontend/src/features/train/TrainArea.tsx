import { lazy, Suspense } from "react";
import { Navigate, Route, Routes, useParams } from "react-router";
import { paths } from "@/config/paths";
import { ChatSettingsPage } from "@/features/chat/ChatSettingsPage";
import { ConsoleShell } from "@/features/console/ConsoleShell";
import { MixesPage } from "@/features/mixes/MixesPage";
import { CampaignPage } from "@/features/judging/CampaignPage";
import { JudgingPage } from "@/features/judging/JudgingPage";
import { useProject } from "@/features/projects/queries";
import { LineagePage } from "@/features/registry/LineagePage";
import { VersionPage } from "@/features/registry/VersionPage";
import { RoundsPage } from "@/features/rounds/RoundsPage";
import { QueuePage } from "@/features/runs/QueuePage";
import { NewRunPage } from "./NewRunPage";
import { RunsPage } from "./RunsPage";
import { VersionsPage } from "./VersionsPage";

const HealthPage = lazy(() => import("@/features/health/HealthPage"));
const ComparePage = lazy(() => import("@/features/runs/ComparePage")); // so does this
const PlaygroundPage = lazy(() => import("@/features/playground/PlaygroundPage"));
const RunPage = lazy(() => import("./RunPage")); // brings the charts

/** Everything the ML team does in a project. */
export default function TrainArea() {
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const doors = [
    { to: paths.train(projectId, "versions"), label: "train.versions.title" },
    { to: paths.train(projectId, "lineage"), label: "registry.lineage.title" },
    { to: paths.train(projectId, "playground"), label: "playground.title" },
    { to: paths.train(projectId, "runs"), label: "train.runs.title" },
    { to: paths.train(projectId, "sampling"), label: "mixes.title" },
    { to: paths.train(projectId, "judging"), label: "judging.title" },
    { to: paths.train(projectId, "rounds"), label: "rounds.title" },
    { to: paths.train(projectId, "health"), label: "health.title" },
    { to: paths.train(projectId, "chat"), label: "chat.settings.title" },
  ] as const;
  return (
    <ConsoleShell title={project.data?.name} sections={[{ doors }]}>
      <Suspense fallback={null}>
        <Routes>
          <Route path="versions" element={<VersionsPage projectId={projectId} />} />
          <Route path="versions/:versionId" element={<VersionPage projectId={projectId} />} />
          <Route path="lineage" element={<LineagePage projectId={projectId} />} />
          <Route path="playground" element={<PlaygroundPage projectId={projectId} />} />
          <Route path="playground/:trialId" element={<PlaygroundPage projectId={projectId} />} />
          <Route path="runs" element={<RunsPage projectId={projectId} />} />
          <Route path="runs/new" element={<NewRunPage projectId={projectId} />} />
          <Route path="runs/compare" element={<ComparePage projectId={projectId} />} />
          <Route path="runs/queue" element={<QueuePage projectId={projectId} />} />
          <Route path="runs/:runId" element={<RunPage projectId={projectId} />} />
          <Route path="sampling" element={<MixesPage projectId={projectId} />} />
          <Route path="judging" element={<JudgingPage projectId={projectId} />} />
          <Route path="judging/:campaignId" element={<CampaignPage projectId={projectId} />} />
          <Route path="rounds" element={<RoundsPage projectId={projectId} />} />
          <Route path="health" element={<HealthPage projectId={projectId} />} />
          <Route path="chat" element={<ChatSettingsPage projectId={projectId} />} />
          <Route path="*" element={<Navigate to={paths.train(projectId)} replace />} />
        </Routes>
      </Suspense>
    </ConsoleShell>
  );
}
