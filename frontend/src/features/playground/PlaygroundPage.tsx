import { Table } from "@mantine/core";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, PageHead, Section, TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Answer } from "./Answer";
import { useTrial, useTrials, type Trial } from "./api";
import { AskForm } from "./AskForm";

/** Ask policies side by side and look closely at what they answer. The address says which trial is shown. */
export default function PlaygroundPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const { trialId } = useParams();
  const [search] = useSearchParams();
  const trial = useTrial(trialId);
  return (
    <>
      <PageHead title={t("playground.title")} lead={t("playground.lead")} />
      {trialId === undefined ? (
        <Desk projectId={projectId} trial={null} policy={search.get("policy")} />
      ) : (
        <Awaited query={trial}>
          {(found) => <Desk key={found.id} projectId={projectId} trial={found} policy={null} />}
        </Awaited>
      )}
      <Earlier projectId={projectId} />
    </>
  );
}

interface DeskProps {
  projectId: string;
  trial: Trial | null;
  policy: string | null;
}

function Desk({ projectId, trial, policy }: DeskProps) {
  const navigate = useNavigate();
  return (
    <>
      <AskForm
        projectId={projectId}
        from={trial}
        policy={policy}
        onAsked={(id) => void navigate(paths.trial(projectId, id))}
      />
      {trial && <Answer projectId={projectId} trial={trial} />}
    </>
  );
}

function Earlier({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const trials = useTrials(projectId);
  const rows = trials.data?.results ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title={t("playground.earlier")}>
      <TableFrame label={t("playground.earlier")}>
        <Table horizontalSpacing="md">
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td>
                  <Link to={paths.trial(projectId, row.id)}>
                    <VisibleText text={row.messages.at(-1)?.content || "…"} most={90} />
                  </Link>
                </Table.Td>
                <Table.Td>{t(`playground.state.${row.state}`)}</Table.Td>
                <Table.Td>{row.item ? t("playground.sent") : ""}</Table.Td>
                <Table.Td>{formatTime(row.created_at, language)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      <p className="muted">{t("playground.kept")}</p>
    </Section>
  );
}
