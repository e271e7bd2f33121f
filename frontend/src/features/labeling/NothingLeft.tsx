import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { readProgress } from "./api";
import styles from "./LabelPage.module.css";

/** Nothing to do, and why: there is no more work, or the project hands out none. */
export function NothingLeft({ projectId }: { projectId: string }) {
  const { t } = useText();
  const progress = useQuery({
    queryKey: ["progress", projectId],
    queryFn: () => readProgress(projectId),
    staleTime: 0,
  });
  const closed = progress.data?.closed;
  return (
    <section className={styles.empty}>
      <h2>{t("labeling.nothing")}</h2>
      <p>{closed ? t(`projects.closed.${closed}`) : t("labeling.nothingMore")}</p>
      <p>
        <Link to={paths.history(projectId)}>{t("labeling.history")}</Link>
      </p>
    </section>
  );
}
