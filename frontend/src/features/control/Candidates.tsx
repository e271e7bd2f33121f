import { Button, Checkbox, Group, NativeSelect, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, Nothing, Section, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { promote, readCandidates, type Candidate } from "./api";

const JUDGMENTS = [2, 3, 4, 5, 7, 10] as const;
const SHARES = [50, 60, 70, 80, 90, 100] as const; // percent of pairs

/** Items on which labelers agree so well that they can become gold. */
export function Candidates({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const judgments = oneOf(JUDGMENTS, search.get("judgments"), 3);
  const share = oneOf(SHARES, search.get("agreement"), 80);
  const set = (name: string, value: string) =>
    setSearch((before) => ({ ...Object.fromEntries(before), [name]: value }), { replace: true });
  const candidates = useQuery({
    queryKey: ["gold-candidates", projectId, judgments, share],
    queryFn: () => readCandidates(projectId, judgments, share / 100),
  });
  return (
    <Section title={t("control.view.candidates")}>
      <Group align="end">
        <NativeSelect
          label={t("control.atLeastJudgments")}
          data={JUDGMENTS.map(String)}
          value={String(judgments)}
          onChange={(event) => set("judgments", event.currentTarget.value)}
        />
        <NativeSelect
          label={t("control.atLeastAgreement")}
          data={SHARES.map((value) => ({ value: String(value), label: `${value} %` }))}
          value={String(share)}
          onChange={(event) => set("agreement", event.currentTarget.value)}
        />
      </Group>
      <Awaited query={candidates}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("control.noCandidates")}</Nothing>
          ) : (
            <Choice key={rows.length} rows={rows} projectId={projectId} judgments={judgments} share={share} />
          )
        }
      </Awaited>
    </Section>
  );
}

interface ChoiceProps {
  rows: Candidate[];
  projectId: string;
  judgments: number;
  share: number;
}

function Choice({ rows, projectId, judgments, share }: ChoiceProps) {
  const { t, language } = useText();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { act, busy, done, error } = useAct([
    ["gold-candidates", projectId],
    ["control-items", projectId],
  ]);
  const toggle = (id: string) =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return (
    <>
      <TableFrame label={t("control.view.candidates")}>
        <Table verticalSpacing="xs" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <Checkbox
                  aria-label={t("control.chooseAll")}
                  checked={chosen.size === rows.length}
                  indeterminate={chosen.size > 0 && chosen.size < rows.length}
                  onChange={() =>
                    setChosen(new Set(chosen.size === rows.length ? [] : rows.map((row) => row.item_id)))
                  }
                />
              </Table.Th>
              <Table.Th>{t("manage.items.prompt")}</Table.Th>
              <Table.Th>{t("control.judgments")}</Table.Th>
              <Table.Th>{t("control.pairs")}</Table.Th>
              <Table.Th>{t("manage.agreement.title")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.item_id}>
                <Table.Td>
                  <Checkbox
                    aria-label={t("control.choose", { prompt: row.prompt_preview })}
                    checked={chosen.has(row.item_id)}
                    onChange={() => toggle(row.item_id)}
                  />
                </Table.Td>
                <Table.Td>
                  <Link to={paths.manage(projectId, `items/${row.item_id}`)}>{row.prompt_preview}</Link>
                </Table.Td>
                <Table.Td className={styles.number}>{row.judgments.toLocaleString(language)}</Table.Td>
                <Table.Td className={styles.number}>{row.pairs.toLocaleString(language)}</Table.Td>
                <Table.Td className={styles.number}>
                  {row.agreement.toLocaleString(language, { style: "percent" })}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      <Failure error={error} />
      <Group>
        <Button
          loading={busy}
          disabled={chosen.size === 0}
          onClick={() => void act(() => promote(projectId, [...chosen], judgments, share / 100))}
        >
          {t("control.promote", { count: chosen.size })}
        </Button>
        <Text role="status">{done ? t("console.saved") : ""}</Text>
      </Group>
    </>
  );
}

function oneOf(choices: readonly number[], text: string | null, usual: number): number {
  return choices.find((each) => String(each) === text) ?? usual;
}
