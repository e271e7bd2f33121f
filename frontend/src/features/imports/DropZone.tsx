import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import styles from "./imports.module.css";

const ACCEPTED = ".jsonl,.ndjson,.json,.csv,.tsv,.txt,.parquet,.gz";

/** Files are dropped here, or chosen. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div
      className={styles.drop}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      <p className={styles.dropTitle}>{t("imports.drop.title")}</p>
      <Button onClick={() => input.current?.click()}>{t("imports.drop.choose")}</Button>
      <p className={styles.hint}>{t("imports.drop.hint")}</p>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        aria-label={t("imports.drop.choose")}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
