import { useQuery } from "@tanstack/react-query";
import { Section } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readOpinions } from "./api";

interface Props {
  projectId: string;
  itemId: string;
}

/** Why further opinions on an item were bought; nothing where none was. */
export function ItemOpinions({ projectId, itemId }: Props) {
  const { t, language } = useText();
  const opinions = useQuery({
    queryKey: ["opinions", projectId, "item", itemId],
    queryFn: () => readOpinions(projectId, { item: itemId }),
  });
  const rows = opinions.data?.results ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title={t("overlap.opinions")}>
      <ol>
        {[...rows].reverse().map((row) => (
          <li key={row.id}>
            {t("overlap.line", {
              reason: t(`overlap.reason.${row.reason}`),
              count: row.judged,
              risk: row.risk.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 }),
              time: formatTime(row.created_at, language),
            })}
          </li>
        ))}
      </ol>
    </Section>
  );
}
