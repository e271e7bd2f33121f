import { Navigate, Route, Routes, useParams } from "react-router";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { ChatSettingsPage } from "@/features/chat/ChatSettingsPage";
import { ConsoleShell } from "@/features/console/ConsoleShell";
import { useProject } from "@/features/projects/queries";
import { AuditPage } from "./AuditPage";
import { DataPage } from "./DataPage";
import { GuidelinesPage } from "./GuidelinesPage";
import { ItemPage } from "./ItemPage";
import { ItemsPage } from "./ItemsPage";
import { NewPracticePage } from "./NewPracticePage";
import { OverviewPage } from "./OverviewPage";
import { PeoplePage } from "./PeoplePage";
import { PracticePage } from "./PracticePage";
import { PromptSetPage } from "./PromptSetPage";
import { PromptSetsPage } from "./PromptSetsPage";
import { ReportsPage } from "./ReportsPage";
import { SettingsPage } from "./SettingsPage";

/** Prompts, people, judgments and settings of a project; a reviewer sees a part of it. */
export default function ManageArea() {
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const me = useMe();
  const roles = me.memberships.find((each) => each.project.id === projectId)?.roles ?? [];
  const isAdmin = roles.includes("admin");
  const to = (page: string) => paths.manage(projectId, page);
  const doors = [
    { to: to("overview"), label: "manage.overview.title" },
    { to: to("items"), label: "manage.items.title" },
    { to: to("reports"), label: "manage.reports.title" },
    { to: to("practice"), label: "manage.practice.title" },
    { to: to("prompt-sets"), label: "manage.sets.title", admin: true },
    { to: to("data"), label: "manage.data.title", admin: true },
    { to: to("people"), label: "manage.people.title" },
    { to: to("guidelines"), label: "manage.guidelines.title" },
    { to: to("settings"), label: "manage.settings.title", admin: true },
    { to: to("chat"), label: "chat.settings.title", admin: true },
    { to: to("audit"), label: "manage.audit.title", admin: true },
  ] as const;
  const shown = doors.filter((door) => isAdmin || !("admin" in door));
  return (
    <ConsoleShell title={project.data?.name} doors={shown}>
      <Routes>
        <Route path="overview" element={<OverviewPage projectId={projectId} />} />
        <Route path="items" element={<ItemsPage projectId={projectId} />} />
        <Route path="items/:itemId" element={<ItemPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="reports" element={<ReportsPage projectId={projectId} />} />
        <Route path="practice" element={<PracticePage projectId={projectId} isAdmin={isAdmin} />} />
        {isAdmin && <Route path="practice/new" element={<NewPracticePage projectId={projectId} />} />}
        <Route path="prompt-sets" element={<PromptSetsPage projectId={projectId} />} />
        <Route path="prompt-sets/:setId" element={<PromptSetPage projectId={projectId} />} />
        <Route path="data" element={<DataPage projectId={projectId} />} />
        <Route path="people" element={<PeoplePage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="guidelines" element={<GuidelinesPage projectId={projectId} isAdmin={isAdmin} />} />
        <Route path="settings" element={<SettingsPage projectId={projectId} />} />
        <Route path="chat" element={<ChatSettingsPage projectId={projectId} />} />
        <Route path="audit" element={<AuditPage projectId={projectId} />} />
        <Route path="*" element={<Navigate to={to("overview")} replace />} />
      </Routes>
    </ConsoleShell>
  );
}
