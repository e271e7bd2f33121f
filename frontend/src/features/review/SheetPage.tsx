import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, Failure, Nothing, PageHead, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { PromptPane } from "@/features/labeling/PromptPane";
import { useProject } from "@/features/projects/queries";
import { ModelText } from "@/features/text/ModelText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { claim, readSheet, showNames, type Judgment, type Sheet } from "./api";
import { DecisionForm } from "./DecisionForm";
import { JudgmentCard, nameOf } from "./JudgmentCard";
import { OrderLines } from "./OrderLines";
import { inWords, lettersOf, tiersFrom } from "./orders";
import { share } from "./QueuePage";
import styles from "./review.module.css";
import { useDecision } from "./useDecision";

/** One item with every judgment of it, to be decided. */
export function SheetPage({ projectId }: { projectId: string }) {
  const { itemId = "" } = useParams();
  const sheet = useQuery({ queryKey: ["sheet", itemId], queryFn: () => readSheet(itemId) });
  return (
    <Awaited query={sheet}>
      {(found) => <SheetView key={found.id} sheet={found} projectId={projectId} />}
    </Awaited>
  );
}

function SheetView({ sheet, projectId }: { sheet: Sheet; projectId: string }) {
  const { t, language } = useText();
  const lang = useProject(projectId).data?.language ?? "";
  const held = useAct([]);
  const { act } = held;
  useEffect(() => {
    void act(() => claim(projectId, sheet.id));
  }, [act, projectId, sheet.id]);
  const letters = lettersOf(sheet.completions.map(({ id }) => id));
  const standing = sheet.judgments.filter((one) => one.state !== "withdrawn");
  const decision = useDecision(sheet, projectId, standing);
  const places = decision.draft.outcome === "ordered"; // a digit places the answer that is marked
  const names = useAct([["sheet", sheet.id]]);
  return (
    <>
      <PageHead
        title={t("review.item")}
        lead={`${sheet.reasons.map((reason) => t(`review.reason.${reason}`)).join(" · ")}${
          sheet.discordant === null ? "" : ` · ${t("review.apartBy", { share: share(sheet.discordant, language) })}`
        }`}
        actions={
          <>
            {!sheet.names_shown && (
              <ConfirmButton
                label={t("review.showNames")}
                question={t("review.showNamesQuestion")}
                onConfirm={() => names.act(() => showNames(sheet.id))}
              />
            )}
            <Button component={Link} size="xs" variant="default" to={paths.manage(projectId, `items/${sheet.id}`)}>
              {t("review.itemPage")}
            </Button>
          </>
        }
      />
      <Failure error={held.error} />
      <PromptPane messages={sheet.prompt.messages} lang={lang} raw={false} />
      <div className={styles.sheet}>
        <Section title={t("manage.item.answers")}>
          {sheet.completions.map(({ id, text }, index) => (
            <article
              key={id}
              className={styles.answer}
              aria-label={t("report.answer", { letter: letters.get(id) ?? "" })}
              data-chosen={places && decision.answer === index}
              aria-current={(places && decision.answer === index) || undefined}
            >
              <strong className={styles.letter}>{letters.get(id)}</strong>
              <div lang={lang}>
                <ModelText text={text} />
              </div>
            </article>
          ))}
        </Section>
        <div>
          <Section title={t("manage.item.judgments")}>
            {standing.length === 0 ? (
              <Nothing>{t("manage.item.noJudgments")}</Nothing>
            ) : (
              <OrderLines columns={columns(standing, decision.draft, t)} letters={letters} />
            )}
            {standing.map((judgment, index) => (
              <JudgmentCard
                key={judgment.id}
                judgment={judgment}
                letters={letters}
                chosen={decision.at === index}
                decision={decision}
                onChoose={() => decision.choose(index)}
              />
            ))}
            <Withdrawn judgments={sheet.judgments} letters={letters} />
          </Section>
          <Section title={t("review.decision")}>
            <DecisionForm decision={decision} sheet={sheet} letters={letters} />
          </Section>
          {sheet.adjudications.length > 0 && <History sheet={sheet} letters={letters} />}
        </div>
      </div>
    </>
  );
}

function columns(
  standing: readonly Judgment[],
  draft: ReturnType<typeof useDecision>["draft"],
  t: ReturnType<typeof useText>["t"],
) {
  const given = standing.map((one) => ({
    key: one.id,
    name: nameOf(one, t),
    tiers: one.content.tiers,
    cut: one.content.unacceptable_below,
  }));
  if (draft.outcome !== "ordered") return given;
  return [...given, { key: "own", name: t("review.own"), tiers: tiersFrom(draft.tiers), cut: draft.cut }];
}

function Withdrawn({ judgments, letters }: { judgments: readonly Judgment[]; letters: Map<string, string> }) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  const gone = judgments.filter((one) => one.state === "withdrawn");
  if (gone.length === 0) return null;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("review.withdrawnCount", { count: gone.length })}</summary>
      <ul className={styles.plain}>
        {gone.map((one) => (
          <li key={one.id}>
            {nameOf(one, t)}: {inWords(one.content.tiers, letters, one.content.unacceptable_below)}
            {one.withdrawals.map((each) => (
              <span key={each.created_at} className={styles.small}>
                {" "}
                {formatTime(each.created_at, language)} · {each.reason}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

function History({ sheet, letters }: { sheet: Sheet; letters: Map<string, string> }) {
  const { t, language } = useText();
  return (
    <Section title={t("review.decided")}>
      {sheet.adjudications.map((one) => (
        <article key={one.id} className={styles.card}>
          <header className={styles.cardHead}>
            <strong>{t(`review.outcome.${one.outcome}`)}</strong>
            <Tag>{one.reviewer_name}</Tag>
          </header>
          {one.tiers && <p>{inWords(one.tiers, letters, one.unacceptable_below ?? null)}</p>}
          {one.reason && <p>{one.reason}</p>}
          {one.notes
            .filter((note) => note.answer_text)
            .map((note) => (
              <blockquote key={note.id} className={styles.quote}>
                {note.answer_text}
              </blockquote>
            ))}
          <p className={styles.small}>
            {formatTime(one.created_at, language)}
            {one.names_seen && ` · ${t("review.namesSeen")}`}
          </p>
        </article>
      ))}
    </Section>
  );
}
