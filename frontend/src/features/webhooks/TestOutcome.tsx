import { useQuery } from "@tanstack/react-query";
import { Failure } from "@/features/console/parts";
import styles from "@/features/manage/manage.module.css";
import { formatTime } from "@/lib/format";
import { useText, type Text } from "@/lib/i18n";
import { readMessages, type Message } from "./api";

const TEST = "webhook.test";
const ASK_MS = 1_000;

interface Props {
  webhookId: string;
  /** How many tests were sent from here: each is followed to its first answer. */
  sent: number;
}

/** What came of the test that was sent last; the place is there before the words, so that they are read out. */
export function TestOutcome({ webhookId, sent }: Props) {
  const { t, language } = useText();
  const newest = useQuery({
    queryKey: ["webhook-test", webhookId, sent],
    queryFn: async () => (await readMessages(webhookId)).results.find((row) => row.event === TEST) ?? null,
    enabled: sent > 0,
    refetchInterval: (query) => (query.state.data?.tries.length ? false : ASK_MS),
  });
  return (
    <div role="status">
      <Failure error={newest.error} />
      {sent > 0 && !newest.error && <p className={styles.small}>{outcome(newest.data, t, (at) => formatTime(at, language))}</p>}
    </div>
  );
}

function outcome(test: Message | null | undefined, t: Text, at: (iso: string) => string): string {
  const last = test?.tries[0];
  if (!test || !last) return t("webhooks.tested.waiting");
  const told = { answer: last.status ?? last.error, ms: last.duration_ms, at: at(last.at) };
  if (test.state === "delivered") return t("webhooks.tested.arrived", told);
  return t(last.status === null ? "webhooks.tested.unreached" : "webhooks.tested.refused", told);
}
