import { Button, Checkbox, FileInput, Group, Modal, Progress, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { sendFile } from "@/features/imports/sending";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { importModel } from "./api";

const NO_FILE = null as File | null;

/** Takes in a model directory as an archive; the run that does it says what was refused. */
export function ImportModel({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("registry.import.title")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t("registry.import.title")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <ImportForm projectId={projectId} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function ImportForm({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const { t } = useText();
  const navigate = useNavigate();
  const [file, setFile] = useState(NO_FILE);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"policy" | "reward">("policy");
  const [plain, setPlain] = useState(false);
  const [sent, setSent] = useState<number | null>(null);
  const stop = useRef(new AbortController());
  const key = useRef(newUuid());
  const { act, busy, error, fieldError } = useAct([["runs", projectId]]);
  const go = async () => {
    if (!file) return;
    stop.current = new AbortController();
    const run = await act(async () => {
      const upload = await sendFile(projectId, file, stop.current.signal, {
        onUpload: (news) => setSent((100 * news.received) / Math.max(1, news.bytes)),
        onWaiting: () => undefined,
      });
      return importModel(upload.id, { name, kind, plain }, key.current);
    });
    if (run) void navigate(paths.run(projectId, run.id));
  };
  return (
    <Stack>
      <Text size="sm">{t("registry.import.lead")}</Text>
      <FileInput
        label={t("registry.import.file")}
        placeholder={t("registry.import.choose")}
        accept=".tar,.gz,.tgz,.zip"
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          key.current = newUuid();
          if (chosen && !name) setName(chosen.name.replace(/\.(tar|tar\.gz|tgz|zip)$/, "").slice(0, 120));
        }}
      />
      <TextInput
        label={t("console.name")}
        value={name}
        maxLength={120}
        error={fieldError("name")}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <SegmentedControl
        aria-label={t("registry.import.kind")}
        value={kind}
        data={(["policy", "reward"] as const).map((value) => ({ value, label: t(`registry.kind.${value}`) }))}
        onChange={(value) => setKind(value === "reward" ? "reward" : "policy")}
      />
      <Checkbox
        label={t("registry.import.plain")}
        description={t("registry.import.plainHint")}
        checked={plain}
        onChange={(event) => setPlain(event.currentTarget.checked)}
      />
      {busy && sent !== null && <Progress value={sent} aria-label={t("registry.import.sending")} />}
      <Failure error={error} />
      <Group justify="flex-end">
        <Button
          variant="default"
          onClick={() => {
            stop.current.abort();
            onClose();
          }}
        >
          {t("common.cancel")}
        </Button>
        <Button loading={busy} disabled={!file || !name.trim()} onClick={() => void go()}>
          {t("registry.import.go")}
        </Button>
      </Group>
    </Stack>
  );
}
