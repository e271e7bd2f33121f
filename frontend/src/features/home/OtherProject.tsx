import type { Membership } from "@/features/auth/api";
import { useText } from "@/lib/i18n";
import { Doors } from "./Doors";
import styles from "./OtherProject.module.css";
import { ReviewWaiting } from "./ReviewWaiting";

interface Props {
  membership: Membership;
  description: string;
  /** One below the heading that it stands under. */
  heading: "h2" | "h3";
}

/** A project that I run, review or train, without labeling in it. */
export function OtherProject({ membership, description, heading: Heading }: Props) {
  const { t } = useText();
  const { project } = membership;
  return (
    <li className={styles.row}>
      <div className={styles.words}>
        <Heading className={styles.name}>{project.name}</Heading>
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
