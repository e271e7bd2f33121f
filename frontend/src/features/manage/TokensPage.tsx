import { Button, Checkbox, Stack, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import { paths } from "@/config/paths";
import { ConsoleShell } from "@/features/console/ConsoleShell";
import {
  Awaited,
  ConfirmButton,
  More,
  Nothing,
  PageHead,
  TableFrame,
} from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { issueToken, readTokens, revokeToken, SCOPES, type Scope, type Token } from "./api";
import { FormDialog } from "./FormDialog";
import styles from "./manage.module.css";
import { Secret } from "./Secret";
import { useRefresh } from "./useRefresh";

const DAYS = { usual: 30, most: 90 };

/** The keys with which my scripts sign in. */
export default function TokensPage() {
  const { t } = useText();
  return (
    <ConsoleShell
      title={t("manage.tokens.title")}
      sections={[{ doors: [{ to: paths.tokens, label: "manage.tokens.title" }] }]}
    >
      <Tokens />
    </ConsoleShell>
  );
}

function Tokens() {
  const { t } = useText();
  const tokens = usePages(["tokens"], readTokens);
  const [secret, setSecret] = useState("");
  return (
    <>
      <PageHead
        title={t("manage.tokens.title")}
        lead={t("manage.tokens.lead")}
        actions={<NewToken onIssued={setSecret} />}
      />
      {secret && <Secret secret={secret}>{t("manage.tokens.once")}</Secret>}
      <Awaited query={tokens}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("manage.tokens.none")}</Nothing>
          ) : (
            <TokensTable rows={rows} />
          )
        }
      </Awaited>
      <More query={tokens} />
    </>
  );
}

function TokensTable({ rows }: { rows: readonly Token[] }) {
  const { t, language } = useText();
  const refresh = useRefresh([["tokens"]]);
  return (
    <TableFrame label={t("manage.tokens.title")}>
      <Table horizontalSpacing="md" miw={680}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("console.name")}</Table.Th>
            <Table.Th>{t("manage.tokens.scopes")}</Table.Th>
            <Table.Th>{t("manage.tokens.expires")}</Table.Th>
            <Table.Th>{t("manage.tokens.lastUsed")}</Table.Th>
            <Table.Th>
              <span className="srOnly">{t("console.actions")}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td>
                {token.name}
                <div className={styles.small}>
                  <code>{token.prefix}…</code>
                </div>
              </Table.Td>
              <Table.Td>
                {token.scopes.map((scope) => t(`manage.tokens.scope.${scope}`)).join(" · ")}
              </Table.Td>
              <Table.Td>{formatTime(token.expires_at, language)}</Table.Td>
              <Table.Td>
                {token.last_used_at ? formatTime(token.last_used_at, language) : "–"}
              </Table.Td>
              <Table.Td>
                <ConfirmButton
                  danger
                  label={t("manage.tokens.revoke")}
                  question={t("manage.tokens.revokeAsk", { name: token.name })}
                  onConfirm={() => revokeToken(token.id).then(refresh)}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

function NewToken({ onIssued }: { onIssued: (secret: string) => void }) {
  const { t } = useText();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState<number | null>(DAYS.usual);
  const { act, busy, error, fieldError } = useAct([["tokens"]]);
  const send = async () => {
    const issued = await act(() => issueToken({ name, scopes, days: Number(days) }));
    if (issued) {
      onIssued(issued.secret);
      setOpened(false);
      setName("");
    }
  };
  return (
    <>
      <Button onClick={() => setOpened(true)}>{t("manage.tokens.create")}</Button>
      <FormDialog
        title={t("manage.tokens.create")}
        send={t("console.create")}
        opened={opened}
        busy={busy}
        error={error}
        onClose={() => setOpened(false)}
        onSend={() => void send()}
      >
        <TextInput
          label={t("console.name")}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError("name")}
        />
        <Checkbox.Group
          label={t("manage.tokens.scopes")}
          value={scopes}
          onChange={(chosen) => setScopes(SCOPES.filter((scope) => chosen.includes(scope)))}
          error={fieldError("scopes")}
        >
          <Stack gap="xs" mt="xs">
            {SCOPES.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`manage.tokens.scope.${scope}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NumberField
          label={t("manage.tokens.days")}
          description={`1–${DAYS.most}`}
          required
          whole
          value={days}
          onChange={setDays}
          error={fieldError("days")}
        />
      </FormDialog>
    </>
  );
}
