import { Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import styles from "@/features/manage/manage.module.css";
import { useText } from "@/lib/i18n";
import { addPrompt } from "./api";

interface FormProps {
  projectId: string;
  setId: string;
}

/** One prompt written by hand. */
export function AddPrompt({ projectId, setId }: FormProps) {
  const { t } = useText();
  const [text, setText] = useState("");
  const { act, busy, error, fieldError } = useAct([
    ["prompts", setId],
    ["prompt-set", setId],
    ["prompt-sets", projectId],
    ["prompt-facets", setId],
  ]);
  const add = async () => {
    if (await act(() => addPrompt(setId, text))) setText("");
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Textarea
        label={t("manage.items.prompt")}
        autosize
        minRows={3}
        maxRows={16}
        value={text}
        error={fieldError("text")}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Failure error={error} />
      <Group>
        <Button type="submit" variant="default" loading={busy}>
          {t("prompts.set.add")}
        </Button>
      </Group>
    </form>
  );
}
