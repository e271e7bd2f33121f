import { Link } from "react-router";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { useOpenChats } from "@/features/chat/api";
import { byWait } from "@/features/labeling/outbox";
import { useWorkplace } from "@/features/labeling/workplace";
import { useProjects } from "@/features/projects/queries";
import { useStore } from "@/lib/store";
import { useText } from "@/lib/i18n";
import { Notice } from "@/ui/Notice";
import styles from "./HomePage.module.css";
import { LabelerCard } from "./LabelerCard";
import { OtherProject } from "./OtherProject";

/** Where the day begins: my projects, what waits in them, and the doors that my roles open. */
export default function HomePage() {
  const { t } = useText();
  const me = useMe();
  const projects = useProjects();
  const mine = me.memberships.filter((each) => each.roles.includes("labeler"));
  const others = me.memberships.filter((each) => !each.roles.includes("labeler"));
  const chats = useOpenChats(mine.length > 0);
  const described = new Map(projects.data?.map((project) => [project.id, project.description]));
  return (
    <>
      <TopBar />
      <main className={styles.main}>
        <h1>{t("home.title", { name: me.display_name || me.username })}</h1>
        {me.memberships.length === 0 && <p className={styles.none}>{t("home.none")}</p>}
        <Unsent />
        {mine.length > 0 && (
          <ul className={styles.cards}>
            {mine.map((membership) => (
              <LabelerCard
                key={membership.project.id}
                membership={membership}
                description={described.get(membership.project.id) ?? ""}
                hasChat={chats.data?.has(membership.project.id) ?? false}
              />
            ))}
          </ul>
        )}
        {me.is_staff && (
          <p>
            <Link to={paths.newProject}>{t("projects.wizard.new")}</Link>
          </p>
        )}
        {others.length > 0 && (
          <section className={styles.others}>
            {mine.length > 0 && <h2>{t("home.others")}</h2>}
            <ul className={styles.rows}>
              {others.map((membership) => (
                <OtherProject
                  key={membership.project.id}
                  membership={membership}
                  description={described.get(membership.project.id) ?? ""}
                  heading={mine.length > 0 ? "h3" : "h2"}
                />
              ))}
            </ul>
          </section>
        )}
      </main>
    </>
  );
}

/** Judgments that wait on this device: they are sent from any page, or their person decides about them. */
function Unsent() {
  const { t } = useText();
  const { unsent, isSlow } = useStore(useWorkplace().outbox);
  const { refused } = byWait(unsent);
  const waiting = unsent.length - refused.length;
  return (
    <>
      {refused[0] && (
        <Notice
          tone="bad"
          actions={<Link to={paths.label(refused[0].projectId)}>{t("labeling.refusedDecide")}</Link>}
        >
          {t("labeling.refusedHere", { count: refused.length })}
        </Notice>
      )}
      {isSlow && waiting > 0 && (
        <Notice tone="warn">{t("labeling.unsent", { count: waiting })}</Notice>
      )}
    </>
  );
}
