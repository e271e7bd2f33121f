import { Button, Group, Progress } from "@mantine/core";
import { ConfirmButton, Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { VisibleText } from "@/features/text/VisibleText";
import { formatBytes, formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { discardUpload, type Upload } from "./api";
import styles from "./imports.module.css";
import type { Sending } from "./useSending";

interface ListProps {
  projectId: string;
  sending: { list: Sending[]; stop: (key: string) => void; resume: (each: Sending) => void; drop: (key: string) => void };
  waiting: readonly Upload[];
  opened: string | null;
  onOpen: (id: string) => void;
}

/** What is on its way from this page, then what waits on the server from before. */
export function UploadList({ projectId, sending, waiting, opened, onOpen }: ListProps) {
  const { t } = useText();
  const here = new Set(sending.list.map((each) => each.upload?.id));
  const before = waiting.filter((upload) => !here.has(upload.id));
  if (sending.list.length + before.length === 0) return null;
  return (
    <ul className={styles.files} aria-label={t("imports.files.title")}>
      {sending.list.map((each) => (
        <li key={each.key} className={styles.file} data-opened={each.upload !== null && each.upload.id === opened}>
          <FileFacts name={each.file.name} received={each.upload?.received ?? 0} bytes={each.file.size} />
          {each.state === "empty" && <p className={styles.issue}>{t("imports.files.empty")}</p>}
          {each.state !== "done" && each.state !== "empty" && (
            <span role="status">{t(`imports.files.${each.state}`)}</span>
          )}
          {each.upload !== null && each.upload.id === opened && <IsOpen />}
          <Failure error={each.error} />
          <Group gap="xs">
            {(each.state === "sending" || each.state === "waiting") && (
              <Button size="xs" variant="default" onClick={() => sending.stop(each.key)}>
                {t("imports.files.pause")}
              </Button>
            )}
            {(each.state === "paused" || each.state === "failed") && (
              <Button size="xs" onClick={() => sending.resume(each)}>
                {t("imports.files.goOn")}
              </Button>
            )}
            {each.upload?.is_complete && each.upload.id !== opened && (
              <Open upload={each.upload} onOpen={onOpen} />
            )}
            {each.state === "empty" && (
              <Button size="xs" variant="default" onClick={() => sending.drop(each.key)}>
                {t("common.close")}
              </Button>
            )}
            {each.upload && (
              <Discard projectId={projectId} id={each.upload.id} onDone={() => sending.drop(each.key)} />
            )}
          </Group>
        </li>
      ))}
      {before.map((upload) => (
        <li key={upload.id} className={styles.file} data-opened={upload.id === opened}>
          <FileFacts name={upload.filename} received={upload.received} bytes={upload.bytes} since={upload.created_at} />
          {!upload.is_complete && <span>{t("imports.files.again")}</span>}
          {upload.id === opened && <IsOpen />}
          <Group gap="xs">
            {upload.is_complete && upload.id !== opened && <Open upload={upload} onOpen={onOpen} />}
            <Discard projectId={projectId} id={upload.id} onDone={() => undefined} />
          </Group>
        </li>
      ))}
    </ul>
  );
}

interface FactsProps {
  name: string;
  received: number;
  bytes: number;
  since?: string;
}

function FileFacts({ name, received, bytes, since }: FactsProps) {
  const { t, language } = useText();
  const share = bytes === 0 ? 0 : (100 * received) / bytes;
  return (
    <>
      <div className={styles.fileHead}>
        <strong>
          <VisibleText text={name} most={120} />
        </strong>
        <span className={styles.figures}>
          {received < bytes && `${formatBytes(received, language)} / `}
          {formatBytes(bytes, language)}
          {since && ` · ${formatTime(since, language)}`}
        </span>
      </div>
      {received < bytes && <Progress value={share} size="sm" aria-label={t("imports.files.progress", { name })} />}
    </>
  );
}

function IsOpen() {
  const { t } = useText();
  return <span className={styles.isOpen}>{t("imports.files.isOpen")}</span>;
}

function Open({ upload, onOpen }: { upload: Upload; onOpen: (id: string) => void }) {
  const { t } = useText();
  return (
    <Button size="xs" onClick={() => onOpen(upload.id)}>
      {t("imports.files.open")}
    </Button>
  );
}

interface DiscardProps {
  projectId: string;
  id: string;
  onDone: () => void;
}

function Discard({ projectId, id, onDone }: DiscardProps) {
  const { t } = useText();
  const { act } = useAct([["uploads", projectId]]);
  const discard = async () => {
    await act(() => discardUpload(id));
    onDone();
  };
  return (
    <ConfirmButton
      label={t("imports.files.discard")}
      question={t("imports.files.discardAsk")}
      danger
      onConfirm={discard}
    />
  );
}
