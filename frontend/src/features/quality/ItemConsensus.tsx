import { useQuery } from "@tanstack/react-query";
import { Awaited, Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { readItemConsensus, type Consensus } from "./api";
import { Interval } from "./Interval";
import styles from "./quality.module.css";

interface Props {
  itemId: string;
  letters: ReadonlyMap<string, string>;
}

/** What the judgments of an item say together, with its doubts: an estimate, not a judgment. */
export function ItemConsensus({ itemId, letters }: Props) {
  const { t } = useText();
  const found = useQuery({ queryKey: ["item", itemId, "consensus"], queryFn: () => readItemConsensus(itemId) });
  return (
    <Section title={t("quality.consensus.title")}>
      <Awaited query={found}>{(consensus) => <Order consensus={consensus} letters={letters} />}</Awaited>
    </Section>
  );
}

function Order({ consensus, letters }: { consensus: Consensus; letters: ReadonlyMap<string, string> }) {
  const { t, language } = useText();
  const { completions, tiers, logits, low, high, better } = consensus;
  const place = new Map(completions.map((id, index) => [id, index]));
  const at = (id: string) => place.get(id) ?? 0;
  const letter = (id: string) => letters.get(id) ?? "?";
  const percent = (value: number) => value.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
  const number = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 1 });
  const best = tiers.flat();
  const reach = Math.max(1, ...best.flatMap((id) => [Math.abs(low[at(id)] ?? 0), Math.abs(high[at(id)] ?? 0)]));
  /** The least sure pair across the gap between two tiers. */
  const gaps = tiers.slice(1).map((below, index) => {
    const above = tiers[index] ?? [];
    const sure = Math.min(...above.flatMap((a) => below.map((b) => better[at(a)]?.[at(b)] ?? 0.5)));
    return t("quality.consensus.gap", {
      above: above.map(letter).join(" = "),
      below: below.map(letter).join(" = "),
      sure: percent(sure),
    });
  });
  return (
    <>
      <p>
        <strong>{tiers.map((tier) => tier.map(letter).join(" = ")).join(" > ")}</strong>
      </p>
      <p className={styles.small}>
        {t("quality.consensus.lead", { count: consensus.judges, sure: percent(consensus.sure) })}
      </p>
      <ul className={`${styles.effects} ${styles.estimates}`}>
        {best.map((id) => {
          const [value, ends] = [logits[at(id)] ?? 0, [low[at(id)] ?? 0, high[at(id)] ?? 0] as [number, number]];
          const words = `${letter(id)}: ${number(value)} (${number(ends[0])} … ${number(ends[1])})`;
          return (
            <li key={id}>
              <p className={styles.number}>{words}</p>
              <Interval value={value} ends={ends} from={-reach} to={reach} mark={0} label={words} />
            </li>
          );
        })}
      </ul>
      {gaps.map((line) => (
        <p key={line} className={styles.small}>
          {line}
        </p>
      ))}
      <p className={styles.small}>{t("quality.consensus.method", { version: consensus.version })}</p>
    </>
  );
}
