import { Awaited, Nothing, PageHead, Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { useLineage } from "./api";
import { LineageGraph, LineageTable } from "./LineageGraph";

/** The whole project as a graph: policies, rounds, snapshots, reward models. */
export function LineagePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const lineage = useLineage(projectId);
  return (
    <>
      <PageHead title={t("registry.lineage.title")} lead={t("registry.lineage.lead")} />
      <Awaited query={lineage}>
        {(found) =>
          found.nodes.length === 0 ? (
            <Nothing>{t("registry.lineage.nothing")}</Nothing>
          ) : (
            <>
              <LineageGraph projectId={projectId} nodes={found.nodes} edges={found.edges} />
              {found.left_out > 0 && (
                <p className="muted">{t("registry.lineage.leftOut", { count: found.left_out })}</p>
              )}
              <Section title={t("registry.lineage.table")}>
                <LineageTable projectId={projectId} nodes={[...found.nodes].reverse()} edges={found.edges} />
              </Section>
            </>
          )
        }
      </Awaited>
    </>
  );
}
