import type { ReactNode } from "react";
import { useText } from "@/lib/i18n";
import { ActionButton } from "./ActionButton";
import { ActionMenu } from "./ActionMenu";
import { AskedWords } from "./AskedWords";
import type { Board } from "./board";
import styles from "./Finish.module.css";
import type { Asked } from "./useJudgment";

interface Props {
  /** What the big button says. */
  primary: string;
  asked?: Asked | null;
  board?: Board;
  /** Above the buttons: the order in words. */
  children?: ReactNode;
  lastSent?: ReactNode;
}

/** Where an item ends: what is missing, the big button, and the ways out. */
export function Finish({ primary, asked, board, children, lastSent }: Props) {
  const { t } = useText();
  return (
    <div className={styles.finish}>
      {children}
      {asked && board && <AskedWords asked={asked} shown={board} className={styles.ask} />}
      <div className={styles.buttons}>
        <ActionButton id="submit" kind="primary" className={styles.submit}>
          {asked ? t("labeling.submitAnyway") : primary}
        </ActionButton>
        <ActionButton id="better" className={styles.better}>
          {t("modes.better.open")}
        </ActionButton>
        <ActionButton id="undo">{t("labeling.undo")}</ActionButton>
        <ActionButton id="skip">{t("labeling.skip")}</ActionButton>
        <ActionMenu />
      </div>
      {lastSent && <div className={styles.last}>{lastSent}</div>}
    </div>
  );
}
