import { Button, Table } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { Awaited, Nothing, PageHead, TableFrame } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { useCampaigns, type Campaign } from "./api";
import { CampaignState } from "./CampaignFacts";
import { CampaignForm } from "./CampaignForm";

/** All campaigns of a project, and the way to a new one. */
export function JudgingPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [isMaking, setMaking] = useState(false);
  const campaigns = useCampaigns(projectId);
  const go = useNavigate();
  return (
    <>
      <PageHead
        title={t("judging.title")}
        lead={t("judging.lead")}
        actions={<Button onClick={() => setMaking(true)}>{t("judging.new")}</Button>}
      />
      {isMaking && (
        <CampaignForm
          projectId={projectId}
          onClose={() => setMaking(false)}
          onBegun={(made) => void go(made.id)}
        />
      )}
      <Awaited query={campaigns}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("judging.none")}</Nothing>
          ) : (
            <CampaignTable rows={rows} />
          )
        }
      </Awaited>
    </>
  );
}

function CampaignTable({ rows }: { rows: readonly Campaign[] }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("judging.title")}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            {(["name", "state", "versions", "progress", "begun"] as const).map((column) => (
              <Table.Th key={column}>{t(`judging.column.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td>
                <Link to={row.id}>{row.name}</Link>
              </Table.Td>
              <Table.Td>
                <CampaignState campaign={row} />
              </Table.Td>
              <Table.Td>
                {row.versions.map(({ number, name }) => `${number} ${name}`).join(" · ")}
                {row.with_reference && ` · ${t("judging.reference")}`}
              </Table.Td>
              <Table.Td>{t("judging.progress", { judgments: row.judgments, count: row.wanted })}</Table.Td>
              <Table.Td>{formatTime(row.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
