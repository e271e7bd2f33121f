import { Table } from "@mantine/core";
import { Facts, Section, TableFrame } from "@/features/console/parts";
import { PLAIN_ZERO } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { choiceOf, type Choice } from "./figures";
import styles from "./picking.module.css";

/** What a run chose for people to judge: how many by which rule, and how uncertain that is. */
export function ChoiceReport({ report }: { report: Readonly<Record<string, unknown>> }) {
  const { t, language } = useText();
  const choice = choiceOf(report);
  if (choice === null) return null;
  const nats = new Intl.NumberFormat(language, { ...PLAIN_ZERO, minimumFractionDigits: 3, maximumFractionDigits: 3 });
  return (
    <Section title={t("picking.title")}>
      <Facts
        rows={[
          [t("picking.picked"), t("picking.ofCandidates", { picked: choice.picked, count: choice.candidates })],
          [t("picking.items"), choice.created === null ? null : String(choice.created)],
          [t("picking.existing"), choice.existing ? String(choice.existing) : null],
          [t("picking.rewardModels"), String(choice.rewardModels)],
          [t("picking.known"), String(choice.judged)],
        ]}
      />
      <TableFrame label={t("picking.byRule")}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("picking.rule")}</Table.Th>
              <Table.Th>{t("picking.prompts")}</Table.Th>
              <Table.Th>{t("picking.uncertainty")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {choice.rules.map(({ rule, picked, uncertainty }) => (
              <Table.Tr key={rule}>
                <Table.Td>
                  <b>{t(`picking.rules.${rule}.name`)}</b>
                  <div className="muted">{t(`picking.rules.${rule}.what`)}</div>
                </Table.Td>
                <Table.Td>{picked}</Table.Td>
                <Table.Td>{picked > 0 ? nats.format(uncertainty) : "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </TableFrame>
      {choice.rewardModels > 1 ? <Uncertainty choice={choice} /> : <p className="muted">{t("picking.oneModel")}</p>}
      <p className="muted">{t("picking.blind")}</p>
    </Section>
  );
}

const WIDTH = 480;
const HEIGHT = 120;

/** Shares of all candidates (soft) and of the chosen (strong) by uncertainty. */
function Uncertainty({ choice }: { choice: Choice }) {
  const { t, language } = useText();
  const highest = Math.max(...choice.bars.flatMap(({ all, picked }) => [all, picked]), 1e-9);
  const slot = WIDTH / Math.max(1, choice.bars.length);
  const nats = new Intl.NumberFormat(language, { ...PLAIN_ZERO, maximumFractionDigits: 3 });
  const last = choice.bars.at(-1);
  return (
    <figure className={styles.figure}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t("picking.distribution")}
        className={styles.plot}
      >
        {choice.bars.map(({ from, all, picked }, place) => (
          <g key={from}>
            <Bar x={place * slot + 2} width={slot / 2 - 3} share={all / highest} className={styles.all} />
            <Bar x={(place + 0.5) * slot + 1} width={slot / 2 - 3} share={picked / highest} className={styles.picked} />
          </g>
        ))}
      </svg>
      <div className={styles.axis}>
        <span>0</span>
        <span>{t("picking.nats", { value: nats.format(last?.to ?? 0) })}</span>
      </div>
      <figcaption className={styles.legend}>
        <span className={styles.allKey}>{t("picking.allKey")}</span>
        <span className={styles.pickedKey}>{t("picking.pickedKey")}</span>
        <span className="muted">{t("picking.distribution")}</span>
      </figcaption>
    </figure>
  );
}

interface BarProps {
  x: number;
  width: number;
  share: number;
  className: string | undefined;
}

function Bar({ x, width, share, className }: BarProps) {
  const height = share * HEIGHT;
  return <rect x={x} y={HEIGHT - height} width={width} height={height} className={className} />;
}
