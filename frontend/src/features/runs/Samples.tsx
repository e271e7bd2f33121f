import { Select, Table } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Section, TableFrame } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { isActive, type Run } from "@/features/train/api";
import { inWords } from "@/features/train/figures";
import { useText } from "@/lib/i18n";
import { useSamples } from "./api";
import styles from "./runs.module.css";

const MOST = 4_000;

/** What the policy says to the same prompts as it trains, beside what its reference says. */
export function Samples({ run }: { run: Run }) {
  const { t, language } = useText();
  const [chosen, setChosen] = useState("latest");
  const samples = useSamples(useQueryClient(), run.id, isActive(run));
  const rows = samples.data?.rows ?? [];
  const isBest = run.kind === "best_of_n"; // drawn all at once, and chosen
  const steps = [...new Set(rows.map((row) => row.step))].sort((a, b) => b - a);
  if (steps.length === 0) return null;
  const wanted = chosen === "latest" ? steps[0] : Number(chosen);
  const shown = chosen === "all" ? [...rows].reverse() : rows.filter((row) => row.step === wanted);
  return (
    <Section title={t("runs.samples.title")}>
      <p className="muted">{t(isBest ? "train.best.samplesLead" : "runs.samples.lead")}</p>
      {!isBest && (
        <Select
          aria-label={t("runs.samples.show")}
          className={styles.short}
          value={chosen}
          allowDeselect={false}
          onChange={(value) => setChosen(value ?? "latest")}
          data={[
            { value: "latest", label: t("runs.samples.latest") },
            { value: "all", label: t("runs.samples.all") },
            ...steps.map((step) => ({ value: String(step), label: `${t("runs.samples.step")} ${step}` })),
          ]}
        />
      )}
      <TableFrame label={t("runs.samples.title")}>
        <Table className={styles.samples} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {!isBest && <Table.Th>{t("runs.samples.step")}</Table.Th>}
              <Table.Th>{t("runs.samples.prompt")}</Table.Th>
              <Table.Th>{t(isBest ? "train.best.first" : "runs.samples.before")}</Table.Th>
              <Table.Th>{t(isBest ? "train.best.chosen" : "runs.samples.after")}</Table.Th>
              <Table.Th>{t("runs.samples.score")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row) => (
              <Table.Tr key={row.id}>
                {!isBest && <Table.Td>{row.step}</Table.Td>}
                {[row.prompt, row.before ?? "–", row.after].map((text, column) => (
                  <Table.Td key={column} dir="auto">
                    <VisibleText text={text} most={MOST} />
                  </Table.Td>
                ))}
                <Table.Td>
                  <b>{inWords(row.score, language, 3)}</b>
                  {row.reference_score !== null && (
                    <div className="muted">
                      {t("runs.samples.was", { score: inWords(row.reference_score, language, 3) })}
                    </div>
                  )}
                  {row.kl !== null && (
                    <div className="muted">{t("runs.samples.kl", { kl: inWords(row.kl, language, 3) })}</div>
                  )}
                  {row.disagreement !== null && (
                    <div className="muted">
                      {t("runs.samples.disagreement", { value: inWords(row.disagreement, language, 3) })}
                    </div>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
