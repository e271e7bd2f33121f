import { axisWords, flagWords } from "@/features/labeling/names";
import { ModelText } from "@/features/text/ModelText";
import { useText, type Text } from "@/lib/i18n";
import type { ItemDetail } from "./api";
import styles from "./manage.module.css";

type Content = ItemDetail["rankings"][number]["content"];
type Letters = ReadonlyMap<string, string>;

interface Props {
  content: Content;
  /** The letter under which each completion stands on this page. */
  letters: Letters;
}

/** What was said beside the order: how it was made, of each completion, head to head, and written. */
export function Remarks({ content, letters }: Props) {
  const { t } = useText();
  const lines = [...whole(t, content), ...[...letters].flatMap(([id, letter]) => ofOne(t, content, id, letter))];
  const pairs = content.direct.map((pair) => headToHead(t, pair, letters));
  if (pairs.length > 0) lines.push(t("manage.item.direct", { pairs: pairs.join(" · ") }));
  if (content.note) lines.push(content.note);
  const better = content.better_answer;
  const from = better?.based_on && letters.get(better.based_on);
  return (
    <>
      {lines.length > 0 && (
        <ul className={styles.remarks}>
          {lines.map((line, index) => (
            <li key={index} dir="auto">
              {line}
            </li>
          ))}
        </ul>
      )}
      {better && (
        <section className={styles.aside}>
          <h4>{from ? t("manage.item.betterFrom", { letter: from }) : t("manage.item.better")}</h4>
          <ModelText text={better.text} />
        </section>
      )}
    </>
  );
}

function whole(t: Text, content: Content): string[] {
  const lines: string[] = [];
  if (content.mode !== "" && content.mode !== "tiers")
    lines.push(t("manage.item.mode", { mode: t(`manage.settings.mode.${content.mode}`) }));
  if (content.unread_accepted) lines.push(t("manage.item.unread"));
  return lines;
}

/** One line for a completion of which anything was said, and one for each passage marked in it. */
function ofOne(t: Text, content: Content, id: string, letter: string): string[] {
  const reading = content.reading[id];
  const said = [
    ...Object.entries(content.grades[id] ?? {}).map(([axis, grade]) =>
      t("manage.item.grade", { axis: axisWords(t, axis), grade }),
    ),
    ...(content.flags[id] ?? []).map((flag) => flagWords(t, flag)),
    content.notes[id],
    reading &&
      t("manage.item.reading", {
        percent: reading.read_percent,
        seconds: Math.round(reading.visible_ms / 1000),
      }),
  ].filter(Boolean);
  const spans = (content.spans[id] ?? []).map((span) => {
    const about = [span.flag && flagWords(t, span.flag), span.note].filter(Boolean).join(" · ");
    return t("manage.item.about", { letter, words: `“${span.quote}”${about ? ` – ${about}` : ""}` });
  });
  return [...(said.length > 0 ? [t("manage.item.about", { letter, words: said.join(" · ") })] : []), ...spans];
}

function headToHead(t: Text, pair: Content["direct"][number], letters: Letters): string {
  const [better, worse] = [letters.get(pair.better) ?? "?", letters.get(pair.worse) ?? "?"];
  if (pair.is_tie) return `${better} = ${worse} (${t("manage.item.tie")})`;
  const strength = ([1, 2, 3] as const).find((each) => each === pair.strength);
  return `${better} > ${worse}${strength ? ` (${t(`manage.item.strength.${strength}`)})` : ""}`;
}
