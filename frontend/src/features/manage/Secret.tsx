import { Button, CopyButton, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import styles from "./manage.module.css";

/** The one time that a secret can be read, with a word on what it is for. */
export function Secret({ secret, children }: { secret: string; children: ReactNode }) {
  const { t } = useText();
  return (
    <section className={styles.card} role="status">
      <p>{children}</p>
      <Group>
        <code className={styles.secret}>{secret}</code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" size="xs" onClick={copy}>
              {t(copied ? "manage.tokens.copied" : "manage.tokens.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
    </section>
  );
}
