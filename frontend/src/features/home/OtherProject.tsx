import type { Membership } from "@/features/auth/api";
import { useText } from "@/lib/i18n";
import { Doors } from "./Doors";
import styles from "./OtherProject.module.css";
import { ReviewWaiting } from "./ReviewWaiting";

/** A project that I run, review or train, without labeling in it. */
export function OtherProject({ membership, description }: { membership: Membership; description: string }) {
  const { t } = useText();
  const { project } = membership;
  return (
    <li className={styles.row}>
      <div className={styles.words}>
        <h3>{project.name}</h3>
        {description && <p lang={project.language}>{description}</p>}
        {project.state !== "active" && (
          <p>{t(`project.state.${project.state === "paused" ? "paused" : "archived"}`)}</p>
        )}
        <ReviewWaiting membership={membership} />
      </div>
      <Doors membership={membership} />
    </li>
  );
}
