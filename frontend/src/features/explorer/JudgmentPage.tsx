import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Facts, PageHead, Section } from "@/features/console/parts";
import { axisWords, flagWords } from "@/features/labeling/names";
import styles from "@/features/manage/manage.module.css";
import { ModelText } from "@/features/text/ModelText";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import { readJudgment, type Judgment, type StoredCompletion } from "./api";
import own from "./explorer.module.css";

/** One judgment, with everything as it is stored. */
export function JudgmentPage({ projectId, isAdmin }: { projectId: string; isAdmin: boolean }) {
  const { t } = useText();
  const { judgmentId = "" } = useParams();
  const query = useQuery({ queryKey: ["judgment", judgmentId], queryFn: () => readJudgment(judgmentId) });
  return (
    <Awaited query={query}>
      {(judgment) => (
        <>
          <PageHead
            title={t(`explorer.one.${judgment.kind}`)}
            lead={judgment.id}
            actions={
              <>
                {isAdmin && <ToWithdraw projectId={projectId} judgment={judgment} />}
                <Anchor component={Link} to={paths.manage(projectId, `items/${judgment.item_id}`)}>
                  {t("explorer.toItem")}
                </Anchor>
              </>
            }
          />
          <Told judgment={judgment} />
          <Section title={t("explorer.column.prompt")}>
            <div className={styles.pane} lang={judgment.language || undefined}>
              {judgment.messages.map((message, index) => (
                <ModelText key={index} text={message.content} />
              ))}
            </div>
          </Section>
          {judgment.completions && <Completions judgment={judgment} />}
          {judgment.text !== undefined && (
            <Section title={t("explorer.column.text")}>
              <div className={styles.pane}>
                <ModelText text={judgment.text} />
              </div>
            </Section>
          )}
          <Section title={t("explorer.stored")}>
            <pre className={own.raw} tabIndex={0} aria-label={t("explorer.stored")}>
              {JSON.stringify(judgment, null, 1)}
            </pre>
          </Section>
        </>
      )}
    </Awaited>
  );
}

/** A demonstration is taken out, or put back, as many are: with a reason, and undone exactly. */
function ToWithdraw({ projectId, judgment }: { projectId: string; judgment: Judgment }) {
  const { t } = useText();
  if (judgment.kind !== "demonstration") return null;
  const act = judgment.state === "withdrawn" ? "restore" : "withdraw";
  const query = `bulk?act=${act}&of=demonstration&judgments=${judgment.id}`;
  return (
    <Anchor component={Link} to={paths.manage(projectId, query)}>
      {t(`review.bulk.${act}`)}
    </Anchor>
  );
}

function Told({ judgment }: { judgment: Judgment }) {
  const { t, language } = useText();
  const seconds = judgment.active_ms === null ? null : Math.round(judgment.active_ms / 1000);
  return (
    <Facts
      rows={[
        [t("explorer.column.labeler"), judgment.labeler.name],
        [t("explorer.column.state"), t(`explorer.is.${judgment.state}` as TextKey)],
        [t("explorer.column.created"), formatTime(judgment.created_at, language)],
        [t("explorer.filter.prompt_set"), judgment.prompt_set],
        [t("explorer.filter.guideline"), judgment.guideline],
        [t("explorer.seconds"), seconds],
        [t("explorer.note"), judgment.note],
      ]}
    />
  );
}

function Completions({ judgment }: { judgment: Judgment }) {
  const { t } = useText();
  const inOrder = [...(judgment.completions ?? [])].sort(
    (a, b) => (a.tier ?? 999) - (b.tier ?? 999) || a.shown_at - b.shown_at,
  );
  return (
    <Section title={t("explorer.completions")}>
      <div className={own.stored}>
        {inOrder.map((one) => (
          <article key={one.id} className={styles.card}>
            <header className={styles.cardHead}>
              <strong>{placeOf(one, t)}</strong>
              <span className={styles.small}>{[one.system, one.plan].filter(Boolean).join(" · ")}</span>
            </header>
            <ModelText text={one.text} />
            <p className={styles.small}>{marksOf(one, t).join(" · ")}</p>
          </article>
        ))}
      </div>
    </Section>
  );
}

type Translate = ReturnType<typeof useText>["t"];

function placeOf(one: StoredCompletion, t: Translate): string {
  if (one.tier !== null) return t("labeling.tier", { tier: one.tier });
  return t(one.cannot_judge ? "labeling.unjudgeable" : "labeling.unplaced");
}

function marksOf(one: StoredCompletion, t: Translate): string[] {
  const grades = Object.entries(one.grades).map(([axis, grade]) => `${axisWords(t, axis)} ${grade}`);
  const flags = one.flags.map((flag) => flagWords(t, flag));
  const read = one.read_percent === null ? [] : [t("explorer.read", { percent: one.read_percent })];
  return [t("explorer.shownAt", { place: one.shown_at }), ...grades, ...flags, ...read, one.note].filter(
    Boolean,
  );
}
