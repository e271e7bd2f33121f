import { Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Awaited, Section } from "@/features/console/parts";
import { useRun } from "@/features/train/api";
import { RunProgress } from "@/features/train/RunsPage";
import { StatusTag } from "@/features/train/StatusTag";
import { useText } from "@/lib/i18n";

/** How far the run is that writes a dataset. */
export function Progress({ projectId, runId }: { projectId: string; runId: string }) {
  const { t } = useText();
  const run = useRun(runId);
  const client = useQueryClient();
  const status = run.data?.status;
  useEffect(() => {
    if (status === "succeeded") void client.invalidateQueries({ queryKey: ["datasets", projectId] });
  }, [client, projectId, status]);
  return (
    <Awaited query={run}>
      {(found) => (
        <Section title={t("exports.thisRun", { number: found.number })}>
          <Group gap="sm" role="status">
            <StatusTag run={found} />
            <span className="muted">{found.error_message}</span>
          </Group>
          {found.status !== "succeeded" && <RunProgress run={found} />}
        </Section>
      )}
    </Awaited>
  );
}
