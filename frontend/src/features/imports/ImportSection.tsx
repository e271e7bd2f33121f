import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { Nothing } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { useWaitingUploads, type Upload } from "./api";
import { DropZone } from "./DropZone";
import { Followed, ImportSteps } from "./ImportSteps";
import styles from "./imports.module.css";
import { UploadList } from "./UploadList";
import { useSending } from "./useSending";

/** Drop files, open one, go through the steps. The address says which file and which check is open. */
export function ImportSection({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [query, setQuery] = useSearchParams();
  const opened = query.get("upload");
  const run = query.get("run");
  const waiting = useWaitingUploads(projectId);
  const open = useCallback((upload: string) => setQuery({ upload }), [setQuery]);
  const openFirst = useCallback(
    (upload: Upload) => setQuery((now) => (now.has("upload") ? now : { upload: upload.id })),
    [setQuery],
  );
  const sending = useSending(projectId, openFirst);
  const follow = useCallback(
    (next: string | null) =>
      setQuery((now) => {
        const upload = now.get("upload");
        return { ...(upload && { upload }), ...(next && { run: next }) };
      }),
    [setQuery],
  );
  return (
    <div className={styles.stack}>
      <DropZone onFiles={sending.add} />
      <UploadList
        projectId={projectId}
        sending={sending}
        waiting={waiting.data ?? []}
        opened={opened}
        onOpen={open}
      />
      {!opened && !run && (waiting.data?.length ?? 0) + sending.list.length > 0 && (
        <Nothing>{t("imports.files.openOne")}</Nothing>
      )}
      {opened && <ImportSteps key={opened} projectId={projectId} uploadId={opened} runId={run} onRun={follow} />}
      {!opened && run && <Followed projectId={projectId} runId={run} />}
    </div>
  );
}
