import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Section } from "@/features/console/parts";
import type { Guideline } from "@/features/manage/api";
import { ModelText } from "@/features/text/ModelText";
import { formatTime, listOf } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readGuidelinesUse, readUnclear } from "./api";
import styles from "./review.module.css";

const DiffView = lazy(() => import("@/features/text/DiffView"));

interface Props {
  projectId: string;
  isAdmin: boolean;
  rows: readonly Guideline[];
  lang: string;
}

/** Every version with what changed, who read it and what was judged under it. */
export function GuidelineVersions({ projectId, isAdmin, rows, lang }: Props) {
  const { t } = useText();
  const use = useQuery({
    queryKey: ["guidelines-use", projectId],
    queryFn: () => readGuidelinesUse(projectId),
  }).data;
  return (
    <>
      {rows.map((version, index) => (
        <Version
          key={version.id}
          version={version}
          before={rows[index + 1]}
          first={index === 0}
          labelers={use?.labelers ?? []}
          use={use?.versions.find((one) => one.number === version.number)}
          lang={lang}
        />
      ))}
      {isAdmin && rows.length > 1 && (
        <Group>
          <Button component={Link} variant="default" to={paths.manage(projectId, "relabel")}>
            {t("review.relabel.title")}
          </Button>
        </Group>
      )}
      <Unclear projectId={projectId} lang={lang} />
    </>
  );
}

interface VersionProps {
  version: Guideline;
  before: Guideline | undefined;
  first: boolean;
  labelers: readonly string[];
  use: { judgments: number; readers: { name: string }[] } | undefined;
  lang: string;
}

function Version({ version, before, first, labelers, use, lang }: VersionProps) {
  const { t, language } = useText();
  const [shown, setShown] = useState<"text" | "diff" | null>(first ? "text" : null);
  const number = t("labeling.guidelineVersion", { number: version.number });
  const readers = use?.readers.map((one) => one.name) ?? [];
  const without = labelers.filter((name) => !readers.includes(name));
  return (
    <article className={styles.card} aria-label={number}>
      <header className={styles.cardHead}>
        <strong>{number}</strong>
        <span className={styles.small}>{formatTime(version.created_at, language)}</span>
      </header>
      {version.changes && <p lang={lang}>{version.changes}</p>}
      {use && (
        <p className={styles.small}>
          {t("review.guidelines.judgments", { count: use.judgments })}
          {" · "}
          {t("review.guidelines.readers", { done: readers.length, total: labelers.length })}
          {first && without.length > 0 && ` · ${t("review.guidelines.unread", { names: listOf(without) })}`}
        </p>
      )}
      <Group gap="xs">
        <Button size="xs" variant="default" aria-pressed={shown === "text"} onClick={() => setShown(shown === "text" ? null : "text")}>
          {t("review.guidelines.text")}
        </Button>
        {before && (
          <Button size="xs" variant="default" aria-pressed={shown === "diff"} onClick={() => setShown(shown === "diff" ? null : "diff")}>
            {t("review.guidelines.compare", { number: before.number })}
          </Button>
        )}
      </Group>
      {shown === "text" && (
        <div lang={lang}>
          <ModelText text={version.text} />
        </div>
      )}
      {shown === "diff" && before && (
        <Suspense fallback={null}>
          <DiffView
            left={before.text}
            right={version.text}
            names={[t("labeling.guidelineVersion", { number: before.number }), number]}
            lang={lang}
          />
        </Suspense>
      )}
    </article>
  );
}

/** Items for which the guidelines said nothing. */
function Unclear({ projectId, lang }: { projectId: string; lang: string }) {
  const { t } = useText();
  const cases = useQuery({ queryKey: ["unclear", projectId], queryFn: () => readUnclear(projectId) }).data;
  if (!cases || cases.results.length === 0) return null;
  return (
    <Section title={t("review.guidelines.unclear")}>
      <ul className={styles.plain}>
        {cases.results.map((one) => (
          <li key={one.id}>
            <Link to={paths.manage(projectId, `review/${one.item}`)} lang={lang}>
              {one.prompt_preview || "…"}
            </Link>{" "}
            <span>{one.reason}</span>{" "}
            <span className={styles.small}>
              {one.version !== null && t("labeling.guidelineVersion", { number: one.version })}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
