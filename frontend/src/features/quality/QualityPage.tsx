import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Awaited, Failure, Nothing, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatTime } from "@/lib/format";
import { AgreementSection } from "./AgreementSection";
import { AlarmsSection } from "./AlarmsSection";
import { bodyOf, compute, readStanding, type Standing } from "./api";
import { AtAGlance } from "./AtAGlance";
import { BiasSection } from "./BiasSection";
import { LabelersSection } from "./LabelersSection";
import { useFigures } from "./words";

const ASK_AGAIN_MS = 4000;

/** Can the data be trusted? Every figure was computed by a worker and is dated. */
export function QualityPage({ projectId, canDecide }: { projectId: string; canDecide: boolean }) {
  const { t, language, count } = useFigures();
  const key = ["quality", projectId];
  const standing = useQuery({
    queryKey: key,
    queryFn: () => readStanding(projectId),
    refetchInterval: (query) => (query.state.data?.is_computing ? ASK_AGAIN_MS : false),
  });
  const { act, busy, error } = useAct([key]);
  const again = (
    <Button
      variant="default"
      loading={busy || standing.data?.is_computing === true}
      onClick={() => void act(() => compute(projectId))}
    >
      {t("quality.compute")}
    </Button>
  );
  const dated = (found: Standing) =>
    found.report?.cut_off
      ? t("quality.computed", {
          time: formatTime(found.report.cut_off, language),
          count: found.report.judgments,
          shown: count(found.report.judgments),
        })
      : t("quality.notYet");
  return (
    <>
      <PageHead title={t("quality.title")} lead={standing.data && dated(standing.data)} actions={again} />
      <Failure error={error} />
      <Awaited query={standing}>
        {(found) => <Report projectId={projectId} standing={found} canDecide={canDecide} />}
      </Awaited>
    </>
  );
}

interface ReportProps {
  projectId: string;
  standing: Standing;
  canDecide: boolean;
}

function Report({ projectId, standing, canDecide }: ReportProps) {
  const { t } = useFigures();
  const body = bodyOf(standing);
  if (body === null) {
    return <Nothing>{t(standing.is_computing ? "quality.computing" : "quality.lead")}</Nothing>;
  }
  const names = standing.report?.names ?? {};
  return (
    <>
      <AtAGlance projectId={projectId} body={body} standing={standing} />
      <AlarmsSection projectId={projectId} body={body} canDecide={canDecide} />
      <BiasSection body={body} />
      <LabelersSection projectId={projectId} body={body} names={names} />
      <AgreementSection projectId={projectId} body={body} />
    </>
  );
}
