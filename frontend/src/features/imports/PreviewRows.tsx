import { Button } from "@mantine/core";
import { useState } from "react";
import { Nothing } from "@/features/console/parts";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import type { PreviewRow } from "./api";
import { useIssueWords } from "./useIssueWords";
import styles from "./imports.module.css";

const FIRST = 3;
const ROLES = ["system", "user", "assistant", "tool"] as const;

/** The first rows as they would be imported. */
export function PreviewRows({ rows }: { rows: readonly PreviewRow[] }) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  if (rows.length === 0) return <Nothing>{t("imports.rows.none")}</Nothing>;
  return (
    <div className={styles.stack}>
      <ul className={styles.rows} aria-label={t("imports.rows.title")}>
        {rows.slice(0, all ? rows.length : FIRST).map((row) => (
          <li key={row.line} className={styles.row}>
            <span className={styles.figures}>{t("imports.rows.line", { line: row.line })}</span>
            {row.issue ? <Issue issue={row.issue} /> : <Content row={row} />}
          </li>
        ))}
      </ul>
      {!all && rows.length > FIRST && (
        <div>
          <Button size="xs" variant="default" onClick={() => setAll(true)}>
            {t("imports.rows.more", { count: rows.length - FIRST })}
          </Button>
        </div>
      )}
    </div>
  );
}

function Issue({ issue }: { issue: NonNullable<PreviewRow["issue"]> }) {
  const { t } = useText();
  const words = useIssueWords();
  return (
    <p className={styles.issue}>
      {t("imports.rows.refused")} {issue.field && <code>{issue.field}</code>}{" "}
      <VisibleText text={words(issue)} most={400} /> <span className={styles.rule}>{issue.rule}</span>
    </p>
  );
}

function Content({ row }: { row: PreviewRow }) {
  const { t } = useText();
  const tierOf = new Map(row.ranking.flatMap((tier, place) => tier.map((index) => [index, place + 1] as const)));
  const order = row.completions
    .map((text, index) => ({ text, index, tier: tierOf.get(index) }))
    .sort((one, other) => (one.tier ?? Infinity) - (other.tier ?? Infinity) || one.index - other.index);
  const kept = Object.entries(row.fields_kept);
  return (
    <>
      {row.prompt.map((message, index) => (
        <p key={index} className={styles.message}>
          <span className={styles.who}>
            {t(`imports.role.${ROLES.find((role) => role === message.role) ?? "user"}`)}
          </span>
          <span className={styles.text}>
            <VisibleText text={message.content} most={600} />
          </span>
        </p>
      ))}
      {order.map(({ text, index, tier }) => (
        <p key={index} className={styles.answer}>
          <span className={styles.who}>
            {row.ranking.length > 0
              ? t("imports.rows.place", { place: tier ?? "–" })
              : t("imports.rows.answer")}
          </span>
          <span className={styles.text}>
            {text === "" ? <em>{t("imports.rows.empty")}</em> : <VisibleText text={text} most={400} />}
          </span>
        </p>
      ))}
      {row.reference !== "" && (
        <p className={styles.answer}>
          <span className={styles.who}>{t("imports.field.reference")}</span>
          <span className={styles.text}>
            <VisibleText text={row.reference} most={400} />
          </span>
        </p>
      )}
      {kept.length > 0 && (
        <p className={styles.kept}>
          {kept.map(([name, value]) => (
            <span key={name}>
              <code>{name}</code> <VisibleText text={value} most={80} />
            </span>
          ))}
        </p>
      )}
    </>
  );
}
