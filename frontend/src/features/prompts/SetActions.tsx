import { Button, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { ConfirmButton } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { useText } from "@/lib/i18n";
import { changePromptSet, makeVersion, type PromptSet } from "./api";

interface Props {
  projectId: string;
  set: PromptSet;
}

/** Rename, describe, copy into a new version, retire and restore a set. */
export function SetActions({ projectId, set }: Props) {
  const { t } = useText();
  const [open, setOpen] = useState<"rename" | "version" | null>(null);
  const { act } = useAct([["prompt-sets", projectId], ["prompt-set", set.id]]);
  const isRetired = set.retired_at !== null;
  const close = () => setOpen(null);
  const page = (path: string) => paths.manage(projectId, path);
  return (
    <>
      <Button component={Link} size="xs" variant="default" to={page(`near-duplicates?set=${set.id}`)}>
        {t("prompts.near.title")}
      </Button>
      {set.based_on && (
        <Button component={Link} size="xs" variant="default" to={page(`prompt-sets/${set.id}/changes`)}>
          {t("prompts.changes.open")}
        </Button>
      )}
      <Button size="xs" variant="default" onClick={() => setOpen("rename")}>
        {t("prompts.set.rename")}
      </Button>
      <Button size="xs" variant="default" onClick={() => setOpen("version")}>
        {t("prompts.set.newVersion")}
      </Button>
      <ConfirmButton
        label={t(isRetired ? "prompts.set.restore" : "prompts.set.retire")}
        question={t(isRetired ? "prompts.set.restoreAsk" : "prompts.set.retireAsk")}
        danger={!isRetired}
        onConfirm={() => act(() => changePromptSet(set.id, { retired: !isRetired }))}
      />
      {open === "rename" && <Rename projectId={projectId} set={set} onClose={close} />}
      {open === "version" && <NewVersion projectId={projectId} set={set} onClose={close} />}
    </>
  );
}

function Rename({ projectId, set, onClose }: Props & { onClose: () => void }) {
  const { t } = useText();
  const [name, setName] = useState(set.name);
  const [description, setDescription] = useState(set.description ?? "");
  const { act, busy, error, fieldError } = useAct([["prompt-sets", projectId], ["prompt-set", set.id]]);
  const send = async () => {
    if (await act(() => changePromptSet(set.id, { name, description }))) onClose();
  };
  return (
    <FormDialog
      title={t("prompts.set.rename")}
      send={t("console.save")}
      opened
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <TextInput
        label={t("console.name")}
        description={t("prompts.set.renameHint")}
        value={name}
        error={fieldError("name")}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label={t("prompts.sets.description")}
        autosize
        minRows={2}
        maxRows={8}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

function NewVersion({ projectId, set, onClose }: Props & { onClose: () => void }) {
  const { t, language } = useText();
  const navigate = useNavigate();
  const [description, setDescription] = useState("");
  const { act, busy, error } = useAct([["prompt-sets", projectId]]);
  const send = async () => {
    const made = await act(() => makeVersion(set.id, description));
    if (!made) return;
    onClose();
    await navigate(paths.manage(projectId, `prompt-sets/${made.id}`));
  };
  return (
    <FormDialog
      title={t("prompts.set.newVersion")}
      send={t("prompts.set.newVersion")}
      opened
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <p>{t("prompts.set.newVersionAsk", { prompts: set.prompt_count.toLocaleString(language) })}</p>
      <Textarea
        label={t("prompts.set.whatFor")}
        autosize
        minRows={2}
        maxRows={8}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
