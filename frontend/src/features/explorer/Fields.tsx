import { Button } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useText } from "@/lib/i18n";
import styles from "./explorer.module.css";

/** The fields of a filter side by side; on a narrow screen only the first few until one asks. */
export function Fields({ children }: { children: ReactNode }) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  return (
    <>
      <div className={styles.fields} data-all={all}>
        {children}
      </div>
      {!all && (
        <div className={styles.rest}>
          <Button size="xs" variant="subtle" onClick={() => setAll(true)}>
            {t("explorer.moreFilters")}
          </Button>
        </div>
      )}
    </>
  );
}
