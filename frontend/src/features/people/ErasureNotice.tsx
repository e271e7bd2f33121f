import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";

/** What in the project was made of judgments that deletions of people withdrew since. */
export function useErasureMarks(projectId: string) {
  return useQuery({
    queryKey: ["erasure-marks", projectId],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/erasure-marks", {
          params: { path: { project_id: projectId }, query: { page_size: 500 } },
        }),
      ),
    staleTime: 60_000,
    enabled: projectId !== "",
  });
}

/** This snapshot, version or run holds judgments that were withdrawn since. */
export function ErasureNotice({ projectId, about }: { projectId: string; about: string }) {
  const { t, language } = useText();
  const marks = useErasureMarks(projectId);
  const mine = marks.data?.results.filter((one) => [one.snapshot, one.version, one.run].includes(about));
  return (
    <>
      {mine?.map((one) => (
        <Notice key={one.id} tone="warn">
          {t("people.mark", {
            count: one.judgments,
            date: new Date(one.at).toLocaleDateString(language, { dateStyle: "medium" }),
          })}
        </Notice>
      ))}
    </>
  );
}
