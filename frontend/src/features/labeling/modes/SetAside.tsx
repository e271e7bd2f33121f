import { useText } from "@/lib/i18n";
import styles from "./Trail.module.css";

interface Props {
  ids: readonly string[];
  letter: (id: string) => string;
  onInclude: (id: string) => void;
}

/** The answers that cannot be judged: each can be taken in again. */
export function SetAside({ ids, letter, onInclude }: Props) {
  const { t } = useText();
  if (ids.length === 0) return null;
  return (
    <>
      <h2 className={styles.title}>{t("labeling.unjudgeable")}</h2>
      <ul className={styles.list}>
        {ids.map((id) => (
          <li key={id}>
            <button type="button" className={styles.entry} onClick={() => onInclude(id)}>
              {t("modes.guided.include", { letter: letter(id) })}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
