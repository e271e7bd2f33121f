import { Button, Group, Textarea } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import forms from "@/features/manage/manage.module.css";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { editPrompt, type PromptDetail } from "./api";
import { Difference } from "./Difference";

interface Props {
  projectId: string;
  prompt: PromptDetail;
  lang: string;
  onClose: () => void;
}

const ROLES = ["system", "user", "assistant"] as const;

/** Another wording. The old one stays with what was sampled and judged; what differs is shown first. */
export function EditPrompt({ projectId, prompt, lang, onClose }: Props) {
  const { t } = useText();
  const navigate = useNavigate();
  const [messages, setMessages] = useState(() => prompt.messages.map((each) => ({ ...each })));
  const [looking, setLooking] = useState(false);
  const [key, setKey] = useState(newUuid);
  const open = prompt.items.filter((item) => item.state === "open").length;
  const { act, busy, error } = useAct([["prompts"], ["prompt"], ["prompt-set"], ["prompt-sets", projectId]]);
  const write = (index: number, content: string) => {
    setMessages((now) => now.map((each, at) => (at === index ? { ...each, content } : each)));
    setKey(newUuid());
  };
  const send = async () => {
    const plain = prompt.is_plain && messages.length === 1;
    const body = plain ? { text: messages[0]?.content ?? "" } : { messages };
    const made = await act(() => editPrompt(prompt.id, key, body));
    if (made) await navigate(paths.manage(projectId, `prompts/${made.id}`));
  };
  return (
    <form
      className={forms.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p>{t("prompts.prompt.editLead")}</p>
      {open > 0 && <p className="muted">{t("prompts.bulk.items.retire", { count: open })}</p>}
      {messages.map((message, index) => (
        <Textarea
          key={index}
          label={t(`labeling.role.${ROLES.find((role) => role === message.role) ?? "user"}`)}
          lang={lang}
          dir="auto"
          autosize
          minRows={3}
          maxRows={20}
          value={message.content}
          onChange={(event) => write(index, event.currentTarget.value)}
        />
      ))}
      {looking && (
        <Difference
          before={prompt.messages}
          after={messages}
          names={[t("prompts.prompt.before"), t("prompts.prompt.after")]}
          lang={lang}
        />
      )}
      <Failure error={error} />
      <Group>
        <Button type="submit" loading={busy}>
          {t("prompts.prompt.saveEdit")}
        </Button>
        <Button variant="default" aria-pressed={looking} onClick={() => setLooking((now) => !now)}>
          {t("prompts.prompt.difference")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
      </Group>
    </form>
  );
}
