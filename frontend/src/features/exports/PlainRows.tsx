import { Section } from "@/features/console/parts";
import { exportAddress, ROW_KINDS } from "@/features/manage/api";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";

/** Everything that counts at this moment, one kind of rows at a time, in the form that imports take. */
export function PlainRows({ projectId }: { projectId: string }) {
  const { t } = useText();
  return (
    <Section title={t("exports.plain")}>
      <p className="muted">{t("exports.plainLead")}</p>
      <ul className={styles.links}>
        {ROW_KINDS.map((kind) => (
          <li key={kind}>
            {t(`manage.data.kind.${kind}`)}:{" "}
            <a href={exportAddress(projectId, kind, false)} download>
              JSONL
            </a>
            {" · "}
            <a href={exportAddress(projectId, kind, true)} download>
              JSONL.gz
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}
