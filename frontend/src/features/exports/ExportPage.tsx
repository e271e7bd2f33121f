import { useState } from "react";
import { PageHead, Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { Datasets } from "./Datasets";
import { Licence } from "./Licence";
import { NewDatasetForm } from "./NewDatasetForm";
import { PlainRows } from "./PlainRows";
import { Progress } from "./Progress";

/** Rows and datasets out. The filter of the explorer stands in the address. */
export function ExportPage({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const [run, setRun] = useState<string | null>(null);
  return (
    <>
      <PageHead title={t("exports.title")} lead={t("exports.lead")} />
      <Section title={t("exports.new")}>
        <NewDatasetForm projectId={projectId} onStarted={setRun} />
      </Section>
      {run && <Progress key={run} projectId={projectId} runId={run} />}
      <Section title={t("exports.datasets")}>
        <Datasets projectId={projectId} />
      </Section>
      <Licence projectId={projectId} isAdmin={isAdmin} />
      <PlainRows projectId={projectId} />
    </>
  );
}
