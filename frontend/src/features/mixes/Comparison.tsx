import { Table } from "@mantine/core";
import { Awaited, Nothing, TableFrame } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { useComparison, type Mix, type WinShare } from "./api";

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** How often one policy was ranked above another inside the items of the mix. */
export function Comparison({ mix }: { mix: Mix }) {
  const { t } = useText();
  const comparison = useComparison(mix.id);
  return (
    <>
      <h3>{t("mixes.wins")}</h3>
      <p className="muted">{t("mixes.winsLead")}</p>
      <Awaited query={comparison}>
        {({ versions, new_against_old }) =>
          versions.length === 0 ? (
            <Nothing>{t("mixes.noWins")}</Nothing>
          ) : (
            <TableFrame label={t("mixes.wins")}>
              <Table verticalSpacing="sm" horizontalSpacing="md">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("mixes.who")}</Table.Th>
                    <Table.Th>{t("mixes.share")}</Table.Th>
                    <Table.Th>{t("mixes.interval")}</Table.Th>
                    <Table.Th>{t("mixes.pairs")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  <WinRow name={t("mixes.newAgainstOld")} row={new_against_old} />
                  {versions.map((row) => (
                    <WinRow
                      key={row.newer.id + row.older.id}
                      name={`${row.newer.number} ${row.newer.name} : ${row.older.number} ${row.older.name}`}
                      row={row}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
    </>
  );
}

function WinRow({ name, row }: { name: string; row: WinShare }) {
  const { t } = useText();
  const [low, high] = row.interval ?? [];
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>{row.share === null ? "–" : percent(row.share)}</Table.Td>
      <Table.Td>
        {low === undefined || high === undefined ? "–" : `${percent(low)} – ${percent(high)}`}
      </Table.Td>
      <Table.Td>{t("mixes.pairsOf", { pairs: row.pairs, items: row.items })}</Table.Td>
    </Table.Tr>
  );
}
