import { Link } from "react-router";
import { useText } from "@/lib/i18n";
import type { Waiting } from "./waiting";
import styles from "./WaitingList.module.css";

/** What waits for somebody in a project, each a link to where it is done. */
export function WaitingList({ waiting, label }: { waiting: readonly Waiting[]; label: string }) {
  const { t } = useText();
  return (
    <ul className={styles.waiting} aria-label={label}>
      {waiting.map(({ key, params, to }) => (
        <li key={key}>
          <Link to={to}>{t(key, params)}</Link>
        </li>
      ))}
    </ul>
  );
}
