import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import {
  Awaited,
  ConfirmButton,
  Nothing,
  PageHead,
  Section,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import { ItemConsensus } from "@/features/quality/ItemConsensus";
import { ItemOpinions } from "@/features/overlap/ItemOpinions";
import { RadarMark } from "@/features/radar/RadarMark";
import { useProject } from "@/features/projects/queries";
import { ModelText } from "@/features/text/ModelText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { readItem, reopenItem, voidItem, type ItemDetail } from "./api";
import { DemonstrationView, RankingView } from "./Judgments";
import styles from "./manage.module.css";

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** One item: what was asked and answered, and beside it what everybody judged. */
export function ItemPage({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const { itemId = "" } = useParams();
  const project = useProject(projectId);
  const lang = project.data?.language ?? "";
  const item = useQuery({ queryKey: ["item", itemId], queryFn: () => readItem(itemId) });
  const { act } = useAct([["item", itemId], ["items", projectId]]);
  return (
    <Awaited query={item}>
      {(found) => (
        <>
          <PageHead
            title={t("manage.item.title")}
            lead={`${t(`manage.items.is.${found.state ?? "open"}`)} · ${found.counted ?? 0} / ${found.needed}`}
            actions={
              isAdmin && (
                <>
                  {(found.state === "done" || found.state === "void") && found.completions.length > 1 && (
                    <Button
                      component={Link}
                      size="xs"
                      variant="default"
                      to={`${paths.manage(projectId, "practice/new")}?item=${found.id}`}
                    >
                      {t("manage.practice.use")}
                    </Button>
                  )}
                  {(found.state === "done" || found.state === "void") && found.completions.length > 1 && (
                    <Button
                      component={Link}
                      size="xs"
                      variant="default"
                      to={`${paths.manage(projectId, "control/new")}?item=${found.id}`}
                    >
                      {t("control.useAsGold")}
                    </Button>
                  )}
                  {(found.state === "triage" || found.state === "void") && (
                    <ConfirmButton
                      label={t("manage.item.reopen")}
                      question={t("manage.item.reopenQuestion")}
                      onConfirm={() => act(() => reopenItem(found.id))}
                    />
                  )}
                  {found.state !== "void" && (
                    <ConfirmButton
                      label={t("manage.item.void")}
                      question={t("manage.item.voidQuestion")}
                      danger
                      onConfirm={() => act(() => voidItem(found.id))}
                    />
                  )}
                </>
              )
            }
          />
          <PromptPane messages={found.prompt.messages} lang={lang} raw={false} />
          <div className={found.completions.length > 0 ? styles.beside : undefined}>
            {found.completions.length > 0 && <Answers item={found} lang={lang} />}
            <Judgments item={found} projectId={projectId} lang={lang} />
          </div>
          {found.completions.length > 1 && found.rankings.some((one) => one.state === "counted") && (
            <ItemConsensus itemId={found.id} letters={letters(found)} />
          )}
          {found.radar_run && <RadarMark projectId={projectId} runId={found.radar_run} />}
          <ItemOpinions projectId={projectId} itemId={found.id} />
          {found.skips.length > 0 && <Skips item={found} />}
        </>
      )}
    </Awaited>
  );
}

function letters(item: ItemDetail): Map<string, string> {
  const inOrder = [...item.completions].sort((a, b) => a.position - b.position);
  return new Map(inOrder.map((completion, index) => [completion.id, letterAt(index)]));
}

/** A..Z, then A1, B1, …: imported rankings may hold many answers. */
function letterAt(index: number): string {
  const round = Math.floor(index / 26);
  return String.fromCharCode(65 + (index % 26)) + (round > 0 ? round : "");
}

function Judgments({ item, projectId, lang }: { item: ItemDetail; projectId: string; lang: string }) {
  const { t } = useText();
  const names = letters(item);
  const none = item.rankings.length + item.demonstrations.length === 0;
  return (
    <Section title={t("manage.item.judgments")}>
      {none && <Nothing>{t("manage.item.noJudgments")}</Nothing>}
      {item.rankings.map((ranking) => (
        <RankingView
          key={ranking.id}
          ranking={ranking}
          letters={names}
          changed={[["item", item.id], ["items", projectId], ["overview", projectId]]}
        />
      ))}
      {item.demonstrations.map((demonstration) => (
        <DemonstrationView key={demonstration.id} demonstration={demonstration} lang={lang} />
      ))}
    </Section>
  );
}

function Answers({ item, lang }: { item: ItemDetail; lang: string }) {
  const { t } = useText();
  const names = letters(item);
  return (
    <Section title={t("manage.item.answers")}>
      <div className={styles.answers}>
        {[...item.completions]
          .sort((a, b) => a.position - b.position)
          .map((completion) => (
            <article key={completion.id} className={styles.pane}>
              <header className={styles.answerHead}>
                <strong className={styles.letter}>{names.get(completion.id)}</strong>
                {completion.origin && (
                  <span className={styles.origin}>
                    {completion.policy_version_name ||
                      completion.system ||
                      t(`manage.item.origin.${originOf(completion.origin)}`)}
                  </span>
                )}
              </header>
              <div lang={lang}>
                <ModelText text={completion.text} />
              </div>
            </article>
          ))}
      </div>
    </Section>
  );
}

function originOf(origin: string): "policy" | "human" | "import" {
  return origin === "policy" || origin === "human" ? origin : "import";
}

function Skips({ item }: { item: ItemDetail }) {
  const { t, language } = useText();
  return (
    <Section title={t("manage.item.skips")}>
      <ul>
        {item.skips.map((skip) => (
          <li key={skip.created_at}>
            {t(`labeling.reason.${skipReason(skip.reason)}`)}
            {skip.note && ` · ${skip.note}`} · {formatTime(skip.created_at, language)}
          </li>
        ))}
      </ul>
    </Section>
  );
}

const REASONS = ["unclear", "language", "knowledge", "harmful", "broken", "other"] as const;

function skipReason(reason: string): (typeof REASONS)[number] {
  return REASONS.find((known) => known === reason) ?? "other";
}
