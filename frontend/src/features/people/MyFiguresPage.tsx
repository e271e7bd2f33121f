import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { paths } from "@/config/paths";
import { ConsoleShell } from "@/features/console/ConsoleShell";
import { Awaited, PageHead } from "@/features/console/parts";
import { useProject } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import { WorkOf } from "./Work";

/** How I work in a project, for nobody but me. */
export default function MyFiguresPage() {
  const { t } = useText();
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const mine = useQuery({
    queryKey: ["my-figures", projectId],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/my-figures", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
  return (
    <ConsoleShell
      title={project.data?.name}
      sections={[
        {
          doors: [
            { to: paths.myFigures(projectId), label: "people.mine" },
            { to: paths.history(projectId), label: "home.history" },
          ],
        },
      ]}
    >
      <PageHead title={t("people.mine")} lead={t("people.mineLead")} />
      <Awaited query={mine}>{(work) => <WorkOf work={work} compared={false} />}</Awaited>
    </ConsoleShell>
  );
}
