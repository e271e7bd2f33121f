import { Button, Group, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, ConfirmButton, Failure, Nothing, PageHead, Section, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { percent } from "@/features/practice/figures";
import { useProject, type Project } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import {
  changePracticeItem,
  changeProject,
  readPracticeItems,
  readStandings,
  setQualified,
  type PracticeItem,
  type Standing,
} from "./api";
import styles from "./manage.module.css";

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** Items with a known order: to learn on, and to qualify with. */
export function PracticePage({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const project = useProject(projectId);
  const items = useQuery({
    queryKey: ["practice-items", projectId],
    queryFn: () => readPracticeItems(projectId),
  });
  const standings = useQuery({
    queryKey: ["standings", projectId],
    queryFn: () => readStandings(projectId),
  });
  const nothingToPass = items.data?.every((item) => item.kind !== "qualification" || item.retired_at);
  return (
    <>
      <PageHead
        title={t("manage.practice.title")}
        lead={t("manage.practice.lead")}
        actions={
          isAdmin && (
            <Button component={Link} to={paths.manage(projectId, "practice/new")}>
              {t("manage.practice.new")}
            </Button>
          )
        }
      />
      {project.data?.pass_mark != null && nothingToPass && (
        <Notice tone="warn">{t("manage.practice.nobodyCan")}</Notice>
      )}
      {isAdmin && <Awaited query={project}>{(found) => <PassMark project={found} />}</Awaited>}
      <Section title={t("manage.practice.items")}>
        <Awaited query={items}>
          {(rows) =>
            rows.length === 0 ? (
              <Nothing>{t("manage.practice.none")}</Nothing>
            ) : (
              <>
                {rows.map((item) => (
                  <ItemCard key={item.id} item={item} projectId={projectId} isAdmin={isAdmin} />
                ))}
              </>
            )
          }
        </Awaited>
      </Section>
      <Section title={t("manage.practice.labelers")}>
        <Awaited query={standings}>
          {(rows) =>
            rows.length === 0 ? (
              <Nothing>{t("manage.practice.noLabelers")}</Nothing>
            ) : (
              <ul className={styles.links}>
                {rows.map((row) => (
                  <Person key={row.user_id} row={row} projectId={projectId} isAdmin={isAdmin} />
                ))}
              </ul>
            )
          }
        </Awaited>
      </Section>
    </>
  );
}

/** Whether labelers must qualify, and how well. */
function PassMark({ project }: { project: Project }) {
  const { t } = useText();
  const [asked, setAsked] = useState(project.pass_mark != null);
  const usual = project.pass_mark ?? 75;
  const [mark, setMark] = useState<number | null>(usual);
  const { act, busy, done, error, fieldError } = useAct([["project", project.id]]);
  const pass_mark = asked ? (mark ?? usual) : null;
  return (
    <section className={styles.form}>
      <Switch
        label={t("manage.practice.askFor")}
        description={t("manage.practice.askForHint")}
        checked={asked}
        onChange={(event) => setAsked(event.currentTarget.checked)}
      />
      {asked && (
        <NumberField
          label={t("manage.practice.passMark")}
          description="50–100"
          whole
          value={mark}
          standard={usual}
          onChange={setMark}
          error={fieldError("pass_mark")}
        />
      )}
      <Failure error={error} />
      <Group>
        <Button
          variant="default"
          loading={busy}
          disabled={pass_mark === (project.pass_mark ?? null)}
          onClick={() => void act(() => changeProject(project.id, { pass_mark }))}
        >
          {t("console.save")}
        </Button>
        <Text role="status">{done ? t("console.saved") : ""}</Text>
      </Group>
    </section>
  );
}

interface CardProps extends Props {
  item: PracticeItem;
}

function ItemCard({ item, projectId, isAdmin }: CardProps) {
  const { t } = useText();
  const lang = useProject(projectId).data?.language ?? "";
  const { act } = useAct([["practice-items", projectId]]);
  const texts = new Map(item.completions.map(({ id, text }) => [id, text]));
  const retired = item.retired_at !== null;
  return (
    <article className={styles.card} data-retired={retired}>
      <header className={styles.cardHead}>
        <b lang={lang} className={styles.preview}>
          {item.messages.at(-1)?.content}
        </b>
        <Tag tone={retired ? "calm" : item.kind === "qualification" ? "busy" : "good"}>
          {t(retired ? "manage.practice.retired" : `manage.practice.kind.${item.kind}`)}
        </Tag>
      </header>
      <ol className={styles.expected} lang={lang}>
        {item.expected.map((tier, index) => (
          <li key={index}>
            {tier.map((id) => (
              <p key={id} className={styles.preview} dir="auto">
                {texts.get(id)}
              </p>
            ))}
          </li>
        ))}
      </ol>
      <p className={styles.small}>{t("manage.practice.answered", { count: item.answered })}</p>
      {isAdmin && (
        <div className={styles.acts}>
          <ConfirmButton
            label={t(retired ? "manage.practice.takeBack" : "manage.practice.retire")}
            question={t(retired ? "manage.practice.takeBackQuestion" : "manage.practice.retireQuestion")}
            onConfirm={() => act(() => changePracticeItem(item.id, { retired: !retired }))}
          />
        </div>
      )}
    </article>
  );
}

interface PersonProps extends Props {
  row: Standing;
}

function Person({ row, projectId, isAdmin }: PersonProps) {
  const { t, language } = useText();
  const { act } = useAct([["standings", projectId]]);
  const qualified = row.qualified_at !== null;
  const facts = [
    t("manage.practice.practised", { count: row.practised }),
    row.practice_agreement !== null && percent(row.practice_agreement, language),
    row.tries > 0 && t("manage.practice.tries", { count: row.tries }),
    row.best_agreement !== null &&
      t("manage.practice.best", { share: percent(row.best_agreement, language) }),
    row.qualified_at !== null &&
      t("manage.practice.since", { time: formatTime(row.qualified_at, language) }),
  ].filter(Boolean);
  return (
    <li className={styles.cardHead}>
      <div>
        <b>{row.name}</b> {qualified && <Tag tone="good">{t("manage.practice.qualified")}</Tag>}
        <p className={styles.small}>{facts.join(" · ")}</p>
      </div>
      {isAdmin && (
        <ConfirmButton
          label={t(qualified ? "manage.practice.askAgain" : "manage.practice.letIn")}
          question={t(qualified ? "manage.practice.askAgainQuestion" : "manage.practice.letInQuestion", {
            name: row.name,
          })}
          onConfirm={() => act(() => setQualified(projectId, row.user_id, !qualified))}
        />
      )}
    </li>
  );
}
