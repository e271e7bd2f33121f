import { useText } from "@/lib/i18n";
import styles from "@/features/manage/manage.module.css";

/** What was there before and what after, name by name; only what differs is struck out. */
export function Changes({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useText();
  const was = asRecord(before);
  const became = asRecord(after);
  const names = [...new Set([...Object.keys(was), ...Object.keys(became)])];
  return (
    <ul className={styles.values}>
      {names.map((name) => {
        const same = name in was && name in became && inWords(was[name]) === inWords(became[name]);
        return (
          <li key={name}>
            {name}:{" "}
            {name in was && !same && <del aria-label={t("audit.was")}>{inWords(was[name])}</del>}
            {name in was && name in became && !same && " → "}
            {name in became && <ins style={{ textDecoration: "none" }}>{inWords(became[name])}</ins>}
          </li>
        );
      })}
    </ul>
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  return { value };
}

function inWords(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
