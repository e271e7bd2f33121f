import type { Schemas } from "@/api/client";
import { Facts, Section, Tag } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { Figures } from "./Figures";
import styles from "./figures.module.css";

type Work = Schemas["MyFigures"];

/** How somebody works: by day, in figures, what they passed on, and how they qualified. */
export function WorkOf({ work, compared }: { work: Work; compared: boolean }) {
  const { t, language } = useText();
  const number = (value: number) => value.toLocaleString(language);
  const counts = (rows: Work["skips"]) =>
    rows.map((row) => `${row.name} ${number(row.count)}`).join(" · ");
  const { judgments } = work;
  return (
    <>
      <Section title={t("people.work.title")}>
        <Days days={work.days} />
        <Facts
          rows={[
            [t("people.work.counted"), number(judgments.counted)],
            [t("people.work.surplus"), number(judgments.surplus)],
            [t("people.work.withdrawn"), number(judgments.withdrawn)],
            [t("people.work.skips"), counts(skipNames(t, work.skips))],
            [t("people.work.flags"), counts(work.flags)],
            [t("people.work.reports"), number(work.reports)],
          ]}
        />
      </Section>
      <Section title={t("people.figure.title")}>
        <p className="muted">{t(compared ? "people.figure.lead" : "people.figure.leadMine")}</p>
        <Figures rows={work.figures} compared={compared} />
      </Section>
      <Section title={t("manage.practice.title")}>
        <Practice work={work} />
      </Section>
    </>
  );
}

function skipNames(t: ReturnType<typeof useText>["t"], rows: Work["skips"]): Work["skips"] {
  return rows.map((row) => ({
    ...row,
    name: t(`people.skip.${row.name as "unclear" | "language" | "knowledge" | "harmful" | "broken" | "other"}`),
  }));
}

function Days({ days }: { days: Work["days"] }) {
  const { t, language } = useText();
  const most = Math.max(1, ...days.map((day) => day.count));
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const words = t("people.work.days", { count: total, most: most.toLocaleString(language) });
  return (
    <figure className={styles.days}>
      <svg viewBox={`0 0 ${days.length * 4} 40`} preserveAspectRatio="none" role="img" aria-label={words}>
        {days.map((day, at) => (
          <rect
            key={day.date}
            className={styles.day}
            x={at * 4}
            width="3"
            y={40 - (38 * day.count) / most}
            height={(38 * day.count) / most}
          />
        ))}
      </svg>
    </figure>
  );
}

function Practice({ work }: { work: Work }) {
  const { t, language } = useText();
  const percent = (value: number | null) =>
    value === null ? "–" : value.toLocaleString(language, { style: "percent" });
  return (
    <>
      <Facts
        rows={[
          [t("people.work.practised"), work.practice_answers.toLocaleString(language)],
          [t("people.work.practiceAgreement"), percent(work.practice_agreement)],
        ]}
      />
      {work.attempts.map((attempt) => (
        <p key={attempt.number}>
          {t("people.work.attempt", {
            number: attempt.number,
            agreement: percent(attempt.agreement),
            mark: `${attempt.pass_mark} %`,
          })}{" "}
          {attempt.passed !== null && (
            <Tag tone={attempt.passed ? "good" : "bad"}>
              {t(attempt.passed ? "people.work.passed" : "people.work.failed")}
            </Tag>
          )}
        </p>
      ))}
    </>
  );
}
