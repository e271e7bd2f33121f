import { PageHead } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { PlainRows } from "./PlainRows";

/** Rows and datasets out. */
export function ExportPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  return (
    <>
      <PageHead title={t("exports.title")} lead={t("exports.lead")} />
      <PlainRows projectId={projectId} />
    </>
  );
}
