import { useCallback, useEffect, useRef, useState } from "react";
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
  // The file that was asked for by name is brought into view; one that opens by itself is not.
  const [wanted, setWanted] = useState<string | null>(null);
  const open = useCallback(
    (upload: string) => {
      setWanted(upload);
      setQuery({ upload });
    },
    [setQuery],
  );
  // A file that was added takes the place of the one that is open, unless somebody works at that one.
  const works = useRef(false);
  const latest = useRef(opened);
  useEffect(() => {
    latest.current = opened;
  }, [opened]);
  const openNew = useCallback(
    (upload: Upload, isFirst: boolean) => {
      if (latest.current && (!isFirst || works.current)) return;
      latest.current = upload.id;
      setQuery({ upload: upload.id });
    },
    [setQuery],
  );
  const sending = useSending(projectId, openNew);
  const add = (files: readonly File[]) => {
    works.current = false;
    sending.add(files);
  };
  const working = () => {
    works.current = true;
  };
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
      <DropZone onFiles={add} />
      <UploadList
        projectId={projectId}
        sending={sending}
        waiting={waiting.data ?? []}
        opened={opened}
        onOpen={open}
      />
      {!opened && !run && (waiting.data?.length ?? 0) + sending.list.filter((each) => each.upload).length > 0 && (
        <Nothing>{t("imports.files.openOne")}</Nothing>
      )}
      {opened && (
        <div className={styles.stack} onPointerDownCapture={working} onKeyDownCapture={working}>
          <ImportSteps
            key={opened}
            projectId={projectId}
            uploadId={opened}
            isWanted={opened === wanted}
            runId={run}
            onRun={follow}
          />
        </div>
      )}
      {!opened && run && <Followed projectId={projectId} runId={run} />}
    </div>
  );
}
