import { Navigate, Route, Routes, useParams } from "react-router";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { AuditPage } from "@/features/audit/AuditPage";
import { ChatSettingsPage } from "@/features/chat/ChatSettingsPage";
import { ControlPage } from "@/features/control/ControlPage";
import { NewGoldPage } from "@/features/control/NewGoldPage";
import { ConsoleShell, type Door, type DoorSection } from "@/features/console/ConsoleShell";
import { ExplorerPage } from "@/features/explorer/ExplorerPage";
import { JudgmentPage } from "@/features/explorer/JudgmentPage";
import { DatasetPage } from "@/features/exports/DatasetPage";
import { ExportPage } from "@/features/exports/ExportPage";
import HealthPage from "@/features/health/HealthPage";
import { WorkPage } from "@/features/groups/WorkPage";
import { WebhooksPage } from "@/features/webhooks/WebhooksPage";
import { PeoplePage } from "@/features/people/PeoplePage";
import { PersonPage } from "@/features/people/PersonPage";
import { CampaignPage } from "@/features/judging/CampaignPage";
import { JudgingPage } from "@/features/judging/JudgingPage";
import { MixesPage } from "@/features/mixes/MixesPage";
import { useProject } from "@/features/projects/queries";
import { QualityPage } from "@/features/quality/QualityPage";
import { AsLabelerPage } from "@/features/prompts/AsLabelerPage";
import { ChangesPage } from "@/features/prompts/ChangesPage";
import { NearPage } from "@/features/prompts/NearPage";
import { PromptPage } from "@/features/prompts/PromptPage";
import { PromptSetPage } from "@/features/prompts/PromptSetPage";
import { PromptSetsPage } from "@/features/prompts/PromptSetsPage";
import { TemplatesPage } from "@/features/prompts/TemplatesPage";
import { OverlapPage } from "@/features/overlap/OverlapPage";
import { BulkPage } from "@/features/review/BulkPage";
import { QueuePage } from "@/features/review/QueuePage";
import { RelabelPage } from "@/features/review/RelabelPage";
import { SheetPage } from "@/features/review/SheetPage";
import { GuidelinesPage } from "./GuidelinesPage";
import { ImportPage } from "./ImportPage";
import { ItemPage } from "./ItemPage";
import { ItemsPage } from "./ItemsPage";
import { NewPracticePage } from "./NewPracticePage";
import { OverviewPage } from "./OverviewPage";
import { PracticePage } from "./PracticePage";
import { ReportsPage } from "./ReportsPage";
import { SettingsPage } from "./SettingsPage";

/** Prompts, people, judgments and settings of a project; a reviewer sees a part of it. */
export default function ManageArea() {
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const me = useMe();
  const roles = me.memberships.find((each) => each.project.id === projectId)?.roles ?? [];
  const isAdmin = roles.includes("admin");
  const canDecide = isAdmin || roles.includes("reviewer");
  const to = (page: string) => paths.manage(projectId, page);
  const sections: DoorSection[] = [
    { doors: [{ to: to("overview"), label: "manage.overview.title" }] },
    {
      label: "nav.prompts",
      doors: [
        ...only(isAdmin, { to: to("import"), label: "manage.data.title" }),
        ...only(isAdmin, { to: to("prompt-sets"), label: "prompts.sets.title" }),
        ...only(isAdmin, { to: to("templates"), label: "prompts.templates.title" }),
        ...only(isAdmin, { to: to("near-duplicates"), label: "prompts.near.title" }),
        ...only(isAdmin, { to: to("sampling"), label: "mixes.title" }),
      ],
    },
    {
      label: "nav.work",
      doors: [
        { to: to("guidelines"), label: "manage.guidelines.title" },
        { to: to("people"), label: "manage.people.title" },
        { to: to("work"), label: "projects.work.title" },
        { to: to("items"), label: "manage.items.title" },
        { to: to("practice"), label: "manage.practice.title" },
      ],
    },
    {
      label: "nav.checks",
      doors: [
        { to: to("quality"), label: "quality.title" },
        { to: to("review"), label: "review.title" },
        { to: to("reports"), label: "manage.reports.title" },
        ...only(canDecide, { to: to("control"), label: "control.title" }),
        { to: to("overlap"), label: "overlap.title" },
        ...only(isAdmin, { to: to("bulk"), label: "review.bulk.title" }),
        ...only(isAdmin, { to: to("judging"), label: "judging.title" }),
      ],
    },
    {
      label: "nav.data",
      doors: [
        { to: to("explore"), label: "explorer.title" },
        ...only(isAdmin, { to: to("exports"), label: "exports.title" }),
        ...only(isAdmin, { to: to("webhooks"), label: "webhooks.title" }),
      ],
    },
    {
      label: "nav.project",
      doors: [
        ...only(isAdmin, { to: to("settings"), label: "manage.settings.title" }),
        ...only(isAdmin, { to: paths.wizard(projectId), label: "projects.wizard.title" }),
        ...only(isAdmin, { to: to("chat"), label: "chat.settings.title" }),
        ...only(isAdmin, { to: to("audit"), label: "audit.title" }),
        ...only(isAdmin, { to: to("health"), label: "health.title" }),
      ],
    },
  ];
  const shown = sections.filter((section) => section.doors.length > 0);
  return (
    <ConsoleShell title={project.data?.name} sections={shown}>
      <Routes>
        <Route path="overview" element={<OverviewPage projectId={projectId} />} />
        <Route path="work" element={<WorkPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="items" element={<ItemsPage projectId={projectId} />} />
        <Route path="items/:itemId" element={<ItemPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="review" element={<QueuePage projectId={projectId} />} />
        <Route path="review/:itemId" element={<SheetPage projectId={projectId} />} />
        {isAdmin && <Route path="sampling" element={<MixesPage projectId={projectId} />} />}
        {isAdmin && <Route path="judging" element={<JudgingPage projectId={projectId} />} />}
        {isAdmin && <Route path="judging/:campaignId" element={<CampaignPage projectId={projectId} />} />}
        {isAdmin && <Route path="bulk" element={<BulkPage projectId={projectId} />} />}
        {isAdmin && <Route path="relabel" element={<RelabelPage projectId={projectId} />} />}
        <Route path="quality" element={<QualityPage projectId={projectId} canDecide={canDecide} />} />
        <Route path="reports" element={<ReportsPage projectId={projectId} />} />
        <Route path="practice" element={<PracticePage projectId={projectId} isAdmin={isAdmin} />} />
        {isAdmin && <Route path="practice/new" element={<NewPracticePage projectId={projectId} />} />}
        {canDecide && (
          <Route path="control" element={<ControlPage projectId={projectId} isAdmin={isAdmin} />} />
        )}
        {canDecide && <Route path="control/new" element={<NewGoldPage projectId={projectId} />} />}
        <Route path="overlap" element={<OverlapPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="prompt-sets" element={<PromptSetsPage projectId={projectId} />} />
        <Route path="prompt-sets/:setId" element={<PromptSetPage projectId={projectId} />} />
        <Route path="prompt-sets/:setId/changes" element={<ChangesPage projectId={projectId} />} />
        <Route path="prompts/:promptId" element={<PromptPage projectId={projectId} />} />
        <Route path="prompts/:promptId/as-labeler" element={<AsLabelerPage projectId={projectId} />} />
        <Route path="near-duplicates" element={<NearPage projectId={projectId} />} />
        <Route path="templates" element={<TemplatesPage projectId={projectId} />} />
        <Route path="import" element={<ImportPage projectId={projectId} />} />
        <Route path="explore" element={<ExplorerPage projectId={projectId} mayExport={isAdmin} />} />
        <Route path="explore/:judgmentId" element={<JudgmentPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="exports" element={<ExportPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="exports/:datasetId" element={<DatasetPage />} />
        <Route path="webhooks" element={<WebhooksPage projectId={projectId} />} />
        <Route path="people" element={<PeoplePage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="people/:userId" element={<PersonPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="guidelines" element={<GuidelinesPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="settings" element={<SettingsPage projectId={projectId} />} />
        <Route path="chat" element={<ChatSettingsPage projectId={projectId} />} />
        {isAdmin && <Route path="health" element={<HealthPage projectId={projectId} />} />}
        <Route path="audit" element={<AuditPage projectId={projectId} />} />
        <Route path="*" element={<Navigate to={to("overview")} replace />} />
      </Routes>
    </ConsoleShell>
  );
}

/** The door where `shown`, else none. */
function only(shown: boolean, door: Door): Door[] {
  return shown ? [door] : [];
}
