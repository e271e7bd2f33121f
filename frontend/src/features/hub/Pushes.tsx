import { Button, Checkbox, Group, Table, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { Awaited, Failure, Section, TableFrame } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { pushVersion, usePushes, type Push } from "./api";

type Version = Schemas["Version"];

/** Puts a version on the deployment's hub, and says what became of it. */
export function Pushes({ projectId, version }: { projectId: string; version: Version }) {
  const { t } = useText();
  const pushes = usePushes(version.id);
  return (
    <Section title={t("hub.title")}>
      <Awaited query={pushes}>
        {(found) => (
          <>
            {found.organisation === "" ? (
              <p className="muted">{t("hub.nowhere")}</p>
            ) : (
              version.status !== "retired" && (
                <PushForm projectId={projectId} version={version} place={`${found.endpoint}/${found.organisation}/`} />
              )
            )}
            {found.pushes.length > 0 && <PushTable projectId={projectId} pushes={found.pushes} />}
          </>
        )}
      </Awaited>
    </Section>
  );
}

function PushForm({ projectId, version, place }: { projectId: string; version: Version; place: string }) {
  const { t } = useText();
  const [name, setName] = useState(nameOf(version));
  const [isPrivate, setPrivate] = useState(true);
  const key = useRef(newUuid());
  const { act, busy, error, fieldError } = useAct([
    ["pushes", version.id],
    ["runs", projectId],
  ]);
  const go = async () => {
    if (await act(() => pushVersion(version.id, { name, private: isPrivate }, key.current))) key.current = newUuid();
  };
  return (
    <>
      <Failure error={error} />
      <Group align="end">
        <TextInput
          label={t("hub.repository")}
          description={place}
          value={name}
          maxLength={80}
          error={fieldError("name")}
          onChange={(event) => {
            setName(event.currentTarget.value);
            key.current = newUuid();
          }}
        />
        <Checkbox
          label={t("hub.private")}
          checked={isPrivate}
          onChange={(event) => {
            setPrivate(event.currentTarget.checked);
            key.current = newUuid();
          }}
        />
        <Button variant="default" loading={busy} disabled={!name} onClick={() => void go()}>
          {t("hub.push")}
        </Button>
      </Group>
    </>
  );
}

/** A name that a hub takes: letters and digits with single dashes between them. */
function nameOf(version: Version): string {
  const plain = version.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return `${plain || version.kind}-${version.number}`.slice(-80).replace(/^-+/, "");
}

function PushTable({ projectId, pushes }: { projectId: string; pushes: readonly Push[] }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("hub.title")}>
      <Table horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("hub.run")}</Table.Th>
            <Table.Th>{t("hub.repository")}</Table.Th>
            <Table.Th>{t("hub.commit")}</Table.Th>
            <Table.Th>{t("train.versions.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pushes.map((push) => (
            <Table.Tr key={push.id}>
              <Table.Td>
                <Link to={paths.run(projectId, push.id)}>{t("train.runs.number", { number: push.number })}</Link>{" "}
                {t(`train.status.${push.status}`)}
              </Table.Td>
              <Table.Td>
                {push.url ? (
                  <a href={push.url} target="_blank" rel="noreferrer noopener">
                    {push.repository}
                  </a>
                ) : (
                  push.repository
                )}
                {push.error_message && (
                  <div className="muted">
                    <VisibleText text={push.error_message} most={300} />
                  </div>
                )}
              </Table.Td>
              <Table.Td>
                <code>{push.commit.slice(0, 12)}</code>
              </Table.Td>
              <Table.Td>{formatTime(push.created_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
