import { useQuery } from "@tanstack/react-query";
import type { Membership } from "@/features/auth/api";
import { readReviewWaiting } from "@/features/review/api";
import { useText } from "@/lib/i18n";
import styles from "./ReviewWaiting.module.css";
import { reviewWaitingIn } from "./waiting";
import { WaitingList } from "./WaitingList";

/** What waits for me where I review: links that go straight there, or that nothing does. */
export function ReviewWaiting({ membership }: { membership: Membership }) {
  const { t, language } = useText();
  const { project, roles, suspended } = membership;
  const reviews = !suspended && (roles.includes("reviewer") || roles.includes("admin"));
  const counts = useQuery({
    queryKey: ["review-waiting", project.id],
    queryFn: () => readReviewWaiting(project.id),
    enabled: reviews && project.state !== "archived",
  }).data;
  if (!counts) return null;
  const waiting = reviewWaitingIn(project.id, counts, language);
  if (waiting.length === 0) return <p className={styles.none}>{t("home.review.none")}</p>;
  return <WaitingList waiting={waiting} label={t("home.review.waiting")} />;
}
