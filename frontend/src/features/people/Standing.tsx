import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { Facts, Section } from "@/features/console/parts";
import { bodyOf } from "@/features/quality/api";
import { LabelersSection } from "@/features/quality/LabelersSection";
import { useText, type Language } from "@/lib/i18n";

type Control = Schemas["ControlFigures"];

/** Agreement, reliability and pull of the place, from the newest report of quality. */
export function InReport({ projectId, userId }: { projectId: string; userId: string }) {
  const standing = useQuery({
    queryKey: ["quality", projectId],
    queryFn: () =>
      unwrap(api.GET("/api/v1/projects/{project_id}/quality", { params: { path: { project_id: projectId } } })),
  });
  const body = standing.data && bodyOf(standing.data);
  if (!body || !standing.data?.report) return null;
  const mine = { ...body, reliability: body.reliability.filter((row) => row.labeler === userId) };
  return <LabelersSection projectId={projectId} body={mine} names={standing.data.report.names} />;
}

/** Gold, repeats and traps: for admins and reviewers alone. */
export function OnControlItems({ control }: { control: Control }) {
  const { t, language } = useText();
  return (
    <Section title={t("people.control.title")}>
      <Facts
        rows={[
          [t("people.control.gold"), said(control.gold, language)],
          [t("people.control.repeats"), said(control.repeats, language)],
          [t("people.control.traps"), said(control.traps, language)],
        ]}
      />
    </Section>
  );
}

function said(found: Control["gold"], language: Language): string {
  if (found.share === null) return "–";
  const percent = (value: number) =>
    value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  const [low, high] = found.interval ?? [];
  const within = low === undefined || high === undefined ? "" : ` (${percent(low)}–${percent(high)})`;
  return `${percent(found.share)}${within} · n = ${found.pairs.toLocaleString(language)}`;
}
