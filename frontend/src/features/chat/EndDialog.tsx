import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";
import { endConversation, type Conversation } from "./api";
import styles from "./EndDialog.module.css";
import { problemKey } from "./problems";
import { toRank } from "./turns";

/** Ends a conversation after asking. */
export function EndDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => endConversation(conversation.id),
    onSuccess: (found) => {
      client.setQueryData(["conversation", found.id], found);
      void client.invalidateQueries({ queryKey: ["conversations"] });
      onClose();
    },
  });
  return (
    <Dialog title={t("chat.end")} onClose={onClose}>
      <p>{t("chat.endQuestion")}</p>
      {toRank(conversation) && <p>{t("chat.endUnranked")}</p>}
      {end.isError && <Notice tone="bad">{t(problemKey(end.error))}</Notice>}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button kind="primary" disabled={end.isPending} onClick={() => end.mutate()} data-autofocus>
          {t("chat.end")}
        </Button>
      </div>
    </Dialog>
  );
}
