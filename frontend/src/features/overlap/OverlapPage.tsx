import { useQuery } from "@tanstack/react-query";
import { Awaited, Facts, PageHead, Section } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { readOverlap, type Overlap } from "./api";
import { OpinionsList } from "./OpinionsList";
import { OverlapForm } from "./OverlapForm";

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** How many people judge an item: what the project chose, and which further opinions that bought. */
export function OverlapPage({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const overlap = useQuery({ queryKey: ["overlap", projectId], queryFn: () => readOverlap(projectId) });
  return (
    <>
      <PageHead title={t("overlap.title")} lead={t("overlap.lead")} />
      <Awaited query={overlap}>
        {(found) => (
          <>
            <OverlapForm projectId={projectId} isAdmin={isAdmin} overlap={found} />
            {(found.mode === "adaptive" || found.bought > 0) && <Bought overlap={found} />}
          </>
        )}
      </Awaited>
      <OpinionsList projectId={projectId} />
    </>
  );
}

function Bought({ overlap }: { overlap: Overlap }) {
  const { t, language } = useText();
  const count = (value: number) => value.toLocaleString(language);
  const percent = (value: number) =>
    value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  return (
    <Section title={t("overlap.came")}>
      <Facts
        rows={[
          [t("overlap.bought"), count(overlap.bought)],
          ...overlap.reasons.map((row) => [t(`overlap.reason.${row.reason}`), count(row.opinions)] as const),
          [t("overlap.waiting"), count(overlap.waiting)],
          [t("overlap.due"), overlap.due > 0 ? count(overlap.due) : null],
          [
            t("overlap.accuracy"),
            overlap.pairs_twice > 0
              ? t("overlap.accuracyFrom", {
                  share: percent(overlap.accuracy),
                  count: overlap.pairs_twice,
                  shown: count(overlap.pairs_twice),
                })
              : t("overlap.accuracyUsual", { share: percent(overlap.accuracy) }),
          ],
        ]}
      />
    </Section>
  );
}
