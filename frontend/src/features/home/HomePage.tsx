import { Link } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import type { Membership, Role } from "@/features/auth/api";
import { useMe } from "@/features/auth/session";
import { useOpenChats } from "@/features/chat/api";
import { useProjects } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import styles from "./HomePage.module.css";

/** My projects, each with the doors that my roles open. */
export function HomePage() {
  const { t } = useText();
  const me = useMe();
  const projects = useProjects();
  const isLabeler = me.memberships.some((each) => each.roles.includes("labeler"));
  const chats = useOpenChats(isLabeler);
  const described = new Map(projects.data?.map((project) => [project.id, project.description]));
  return (
    <>
      <TopBar />
      <main className={styles.main}>
        <h1>{t("home.title", { name: me.display_name || me.username })}</h1>
        {me.memberships.length === 0 && <p className={styles.none}>{t("home.none")}</p>}
        <ul className={styles.list}>
          {me.memberships.map((membership) => (
            <li key={membership.project.id} className={styles.project}>
              <ProjectDoors
                membership={membership}
                hasChat={chats.data?.has(membership.project.id) ?? false}
                description={described.get(membership.project.id) ?? ""}
              />
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}

interface DoorsProps {
  membership: Membership;
  hasChat: boolean;
  description: string;
}

function ProjectDoors({ membership, hasChat, description }: DoorsProps) {
  const { t } = useText();
  const { project, roles } = membership;
  const may = (...wanted: Role[]) => wanted.some((role) => roles.includes(role));
  return (
    <>
      <div className={styles.words}>
        <h2>{project.name}</h2>
        {description && <p lang={project.language}>{description}</p>}
        {project.state !== "active" && <p>{t(`project.state.${projectState(project.state)}`)}</p>}
      </div>
      <nav className={styles.doors} aria-label={project.name}>
        {may("labeler") && (
          <Link to={paths.label(project.id)} className={styles.mainDoor}>
            {t("home.label")}
          </Link>
        )}
        {hasChat && <Link to={paths.chat(project.id)}>{t("home.chat")}</Link>}
        {may("labeler") && <Link to={paths.history(project.id)}>{t("home.history")}</Link>}
        {may("admin", "reviewer") && <Link to={paths.manage(project.id)}>{t("home.manage")}</Link>}
        {may("ml") && <Link to={paths.train(project.id)}>{t("home.train")}</Link>}
      </nav>
    </>
  );
}

function projectState(state: string): "paused" | "archived" {
  return state === "paused" ? "paused" : "archived";
}
