import { Anchor, Button, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { Awaited, Facts, PageHead, Section, TableFrame } from "@/features/console/parts";
import styles from "@/features/manage/manage.module.css";
import { formatBytes, formatTime } from "@/lib/format";
import { ErasureNotice } from "@/features/people/ErasureNotice";
import { useText, type TextKey } from "@/lib/i18n";
import { archiveAddress, fileAddress, readDataset, type Card } from "./api";
import { QualityOfCard } from "./QualityOfCard";

/** One dataset: its card, and every file of it. */
export function DatasetPage() {
  const { t, language } = useText();
  const { projectId = "", datasetId = "" } = useParams();
  const dataset = useQuery({ queryKey: ["dataset", datasetId], queryFn: () => readDataset(datasetId) });
  return (
    <Awaited query={dataset}>
      {(found) => {
        const card = found.card as unknown as Card;
        return (
          <>
            <PageHead
              title={t("exports.ofSnapshot", { number: found.snapshot_number })}
              lead={t("exports.frozenAt", { time: formatTime(card.snapshot.cut_off, language) })}
              actions={
                <Button component="a" href={archiveAddress(found.id)} download>
                  {t("exports.downloadAll", { size: formatBytes(found.bytes, language) })}
                </Button>
              }
            />
            <ErasureNotice projectId={projectId} about={found.snapshot} />
            <Section title={t("exports.card")}>
              <Counts card={card} />
            </Section>
            <Section title={t("exports.leftOut")}>
              <LeftOut card={card} />
            </Section>
            <Section title={t("exports.quality.title")}>
              <QualityOfCard quality={card.quality} />
            </Section>
            <Section title={t("exports.files")}>
              <Files id={found.id} names={found.files} card={card} />
            </Section>
          </>
        );
      }}
    </Awaited>
  );
}

function Counts({ card }: { card: Card }) {
  const { t, language } = useText();
  const plain = Object.entries(card.counts).filter(([, value]) => typeof value === "number");
  const { share, interval, pairs } = card.agreement;
  const percent = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  const agreement =
    share === null || interval === null
      ? t("exports.noAgreement")
      : t("exports.agreement", {
          share: percent(share),
          low: percent(interval[0]),
          high: percent(interval[1]),
          pairs: pairs.toLocaleString(language),
        });
  return (
    <Facts
      rows={[
        ...plain.map(([name, value]) => [t(`exports.counts.${name}` as TextKey), value.toLocaleString(language)] as const),
        [t("exports.agree"), agreement],
      ]}
    />
  );
}

function LeftOut({ card }: { card: Card }) {
  const { t, language } = useText();
  const { considered, left_out } = card.exclusions;
  const rate = (n: number) =>
    considered === 0 ? "" : ` (${(n / considered).toLocaleString(language, { style: "percent", maximumFractionDigits: 1 })})`;
  return (
    <>
      <p className="muted">{t("exports.considered", { number: considered.toLocaleString(language) })}</p>
      <Facts
        rows={Object.entries(left_out).map(([name, n]) => [
          t(`exports.why.${name}` as TextKey),
          `${n.toLocaleString(language)}${rate(n)}`,
        ])}
      />
    </>
  );
}

function Files({ id, names, card }: { id: string; names: readonly string[]; card: Card }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("exports.files")}>
      <Table horizontalSpacing="md" miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("exports.file")}</Table.Th>
            <Table.Th>{t("exports.rows")}</Table.Th>
            <Table.Th>SHA-256</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {names.map((name) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Anchor href={fileAddress(id, name)} download>
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td className={styles.number}>{card.files[name]?.rows.toLocaleString(language) ?? "–"}</Table.Td>
              <Table.Td>
                <code>{card.files[name]?.sha256.slice(0, 12) ?? ""}</code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
