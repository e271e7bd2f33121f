import { Button, Group, Table } from "@mantine/core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { Awaited, Nothing, PageHead, Section, TableFrame } from "@/features/console/parts";
import { usePlans, useVersions } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import { useMixes, type Mix } from "./api";
import { Comparison } from "./Comparison";
import { DrawForm } from "./DrawForm";
import { Draws } from "./Draws";
import { MixForm } from "./MixForm";

/** Which policies fill the places of an item, and sampling by it. The chosen mix is in the address. */
export function MixesPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const [isMaking, setMaking] = useState(false);
  const mixes = useMixes(projectId);
  const chosen = mixes.data?.find((mix) => mix.id === search.get("mix"));
  return (
    <>
      <PageHead
        title={t("mixes.title")}
        lead={t("mixes.lead")}
        actions={<Button onClick={() => setMaking(true)}>{t("mixes.new")}</Button>}
      />
      {isMaking && (
        <MixForm
          projectId={projectId}
          onClose={() => setMaking(false)}
          onCreated={(mix) => setSearch({ mix: mix.id })}
        />
      )}
      <Awaited query={mixes}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("mixes.none")}</Nothing>
          ) : (
            <MixTable projectId={projectId} mixes={rows} chosen={chosen} />
          )
        }
      </Awaited>
      {chosen && (
        <Section key={chosen.id} title={t("mixes.named", { name: chosen.name, version: chosen.version })}>
          <DrawForm projectId={projectId} mix={chosen} />
          <Draws projectId={projectId} mix={chosen} />
          <Comparison mix={chosen} />
        </Section>
      )}
    </>
  );
}

interface TableProps {
  projectId: string;
  mixes: Mix[];
  chosen: Mix | undefined;
}

function MixTable({ projectId, mixes, chosen }: TableProps) {
  const { t } = useText();
  const inWords = useRowsInWords(projectId);
  return (
    <TableFrame label={t("mixes.title")}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("console.name")}</Table.Th>
            <Table.Th>{t("mixes.places")}</Table.Th>
            <Table.Th>{t("mixes.older")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {mixes.map((mix) => (
            <Table.Tr key={mix.id}>
              <Table.Td>
                <Group gap="xs">
                  <Link to={{ search: `?mix=${mix.id}` }} aria-current={mix === chosen ? "true" : undefined}>
                    {t("mixes.named", { name: mix.name, version: mix.version })}
                  </Link>
                </Group>
              </Table.Td>
              <Table.Td>{inWords(mix)}</Table.Td>
              <Table.Td>{mix.older_percent} %</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function useRowsInWords(projectId: string) {
  const { t } = useText();
  const versions = useVersions(projectId);
  const plans = usePlans(projectId);
  return (mix: Mix) =>
    mix.rows
      .map((row) => {
        const version = versions.data?.find((each) => each.id === row.policy_version);
        const policy = version ? `${version.number} ${version.name}` : t(`mixes.policy.${row.policy}`);
        const plan = plans.data?.find((each) => each.id === row.plan)?.name ?? "";
        return `${row.count} × ${policy} (${plan})`;
      })
      .join(" + ");
}
