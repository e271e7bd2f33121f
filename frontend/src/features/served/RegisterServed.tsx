import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Facts, Failure } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { formatNumber } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { registerServed, useModelServers, type ModelServer } from "./api";

/** Makes a model that a server of the deployment runs a policy of the project. */
export function RegisterServed({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const servers = useModelServers(projectId, open);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("served.title")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t("served.title")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack>
          <Text size="sm">{t("served.lead")}</Text>
          <Awaited query={servers}>
            {(found) =>
              found.length === 0 ? (
                <Text size="sm">{t("served.none")}</Text>
              ) : (
                <Form projectId={projectId} servers={found} onClose={() => setOpen(false)} />
              )
            }
          </Awaited>
        </Stack>
      </Modal>
    </>
  );
}

interface FormProps {
  projectId: string;
  servers: readonly ModelServer[];
  onClose: () => void;
}

function Form({ projectId, servers, onClose }: FormProps) {
  const { t } = useText();
  const navigate = useNavigate();
  const choices = servers.flatMap((server) => server.models.map((model) => ({ server, model })));
  const [at, setAt] = useState<string | null>(choices.length === 1 ? "0" : null);
  const [name, setName] = useState("");
  const key = useRef(newUuid());
  const { act, busy, error, fieldError } = useAct([["runs", projectId]]);
  const chosen = at === null ? undefined : choices[Number(at)];
  const go = async () => {
    if (!chosen) return;
    const body = { server: chosen.server.name, model: chosen.model, name: name.trim() || chosen.model.slice(0, 120) };
    const run = await act(() => registerServed(projectId, body, key.current));
    if (run) void navigate(paths.run(projectId, run.id));
  };
  return (
    <>
      <Select
        label={t("served.model")}
        data={choices.map(({ server, model }, index) => ({ value: String(index), label: `${server.name} · ${model}` }))}
        value={at}
        onChange={(value) => {
          setAt(value);
          key.current = newUuid();
        }}
      />
      {chosen && <Limits server={chosen.server} />}
      <TextInput
        label={t("console.name")}
        placeholder={chosen?.model}
        value={name}
        maxLength={120}
        error={fieldError("name")}
        onChange={(event) => {
          setName(event.currentTarget.value);
          key.current = newUuid();
        }}
      />
      <Failure error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button loading={busy} disabled={!chosen} onClick={() => void go()}>
          {t("served.go")}
        </Button>
      </Group>
    </>
  );
}

function Limits({ server }: { server: ModelServer }) {
  const { t, language } = useText();
  const perMinute = (value: number | null) => (value === null ? t("served.unlimited") : formatNumber(value, language));
  return (
    <Facts
      rows={[
        [t("served.requests"), perMinute(server.requests_per_minute)],
        [t("served.tokens"), perMinute(server.tokens_per_minute)],
        [t("served.atOnce"), formatNumber(server.concurrency, language)],
        [t("served.unsupported"), server.unsupported.join(", ")],
      ]}
    />
  );
}
