import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";

/** Says of an item that the radar asks about it; labelers see nothing of this. */
export function RadarMark({ projectId, runId }: { projectId: string; runId: string }) {
  const { t } = useText();
  return (
    <Section title={t("radar.question")}>
      <p>
        {t("radar.mark")} <Link to={paths.run(projectId, runId)}>{t("radar.toRun")}</Link>
      </p>
    </Section>
  );
}
