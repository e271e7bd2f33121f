import { Button, CopyButton } from "@mantine/core";
import { useText } from "@/lib/i18n";
import styles from "./security.module.css";

/** The one time that the codes can be read. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useText();
  return (
    <section className={styles.card} role="status">
      <p>{t("security.codes.once")}</p>
      <ul className={styles.codes} aria-label={t("security.codes.title")}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <CopyButton value={codes.join("\n")}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy}>
            {t(copied ? "manage.tokens.copied" : "manage.tokens.copy")}
          </Button>
        )}
      </CopyButton>
    </section>
  );
}
