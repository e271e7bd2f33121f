import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { ActionButton } from "../ActionButton";
import { ActionMenu } from "../ActionMenu";
import { AskedWords } from "../AskedWords";
import styles from "./Dock.module.css";
import type { AnyWork } from "./useModeWork";

interface Props {
  work: Pick<AnyWork, "asked" | "order">;
  /** Where Enter leads to something else than handing in. */
  onward?: string;
  undoWords?: string;
  children: ReactNode;
}

/** The question, what is missing, and the ways on. */
export function Dock({ work, onward, undoWords, children }: Props) {
  const { t } = useText();
  const { asked } = work;
  return (
    <div className={styles.dock}>
      <div className={styles.question}>
        {children}
        {asked && <AskedWords asked={asked} shown={work} className={styles.warn} />}
      </div>
      <div className={styles.ways}>
        <ActionButton id="undo">{undoWords ?? t("labeling.undo")}</ActionButton>
        <ActionButton id="better" className={styles.better}>
          {t("modes.better.open")}
        </ActionButton>
        <ActionButton id="skip">{t("labeling.skip")}</ActionButton>
        <ActionMenu />
        <ActionButton id="submit" kind="primary" className={styles.submit}>
          {onward ?? t(asked ? "labeling.submitAnyway" : "labeling.submit")}
        </ActionButton>
      </div>
    </div>
  );
}
