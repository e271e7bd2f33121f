import { Link } from "react-router";
import { paths } from "@/config/paths";
import type { Membership, Role } from "@/features/auth/api";
import { useText } from "@/lib/i18n";
import styles from "./Doors.module.css";

interface Props {
  membership: Membership;
  hasChat?: boolean;
  /** There is unfinished work to go on with. */
  begun?: boolean;
  /** A qualification comes before the first item. */
  qualifies?: boolean;
}

/** Where my roles in a project lead. */
export function Doors({ membership, hasChat = false, begun = false, qualifies = false }: Props) {
  const { t } = useText();
  const { project, suspended } = membership;
  const roles = suspended ? [] : membership.roles;
  const may = (...wanted: Role[]) => wanted.some((role) => roles.includes(role));
  return (
    <nav className={styles.doors} aria-label={project.name}>
      {may("labeler") && (
        <Link to={qualifies ? paths.practice(project.id) : paths.label(project.id)} className={styles.mainDoor}>
          {t(qualifies ? "practice.toRound" : begun ? "home.goOn" : "home.label")}
        </Link>
      )}
      {hasChat && <Link to={paths.chat(project.id)}>{t("home.chat")}</Link>}
      {membership.roles.includes("labeler") && <Link to={paths.history(project.id)}>{t("home.history")}</Link>}
      {membership.roles.includes("labeler") && <Link to={paths.myFigures(project.id)}>{t("people.mine")}</Link>}
      {may("admin", "reviewer") && <Link to={paths.manage(project.id)}>{t("home.manage")}</Link>}
      {may("ml") && <Link to={paths.train(project.id)}>{t("home.train")}</Link>}
    </nav>
  );
}
