import { Anchor, Button, Group, Select, Table, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useSearchParams } from "react-router";
import { Awaited, More, Nothing, PageHead, TableFrame } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { Fields } from "@/features/explorer/Fields";
import explorer from "@/features/explorer/explorer.module.css";
import { readMembers } from "@/features/manage/api";
import styles from "@/features/manage/manage.module.css";
import { formatTime } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import { auditFile, FIELDS, readAudit, type AuditEntry, type AuditFilter } from "./api";
import { Changes } from "./Changes";
import { actName, objectKind } from "./words";

/** Who did what, newest first; every filter is a link. */
export function AuditPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search] = useSearchParams();
  const filter: AuditFilter = Object.fromEntries(
    FIELDS.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])),
  );
  const entries = usePages(["audit", projectId, filter], () => readAudit(projectId, filter));
  return (
    <>
      <PageHead
        title={t("audit.title")}
        lead={t("audit.lead")}
        actions={(["csv", "jsonl"] as const).map((kind) => (
          <Anchor key={kind} href={auditFile(projectId, kind, filter)} download>
            {kind.toUpperCase()}
          </Anchor>
        ))}
      />
      <Search key={search.toString()} projectId={projectId} filter={filter} />
      <Awaited query={entries}>
        {(rows) =>
          rows.length === 0 ? <Nothing>{t("audit.none")}</Nothing> : <Entries rows={rows} />
        }
      </Awaited>
      <More query={entries} />
    </>
  );
}

function Search({ projectId, filter }: { projectId: string; filter: AuditFilter }) {
  const { t } = useText();
  const [, setSearch] = useSearchParams();
  const [wanted, setWanted] = useState(filter);
  const people = useQuery({ queryKey: ["members", projectId, "names"], queryFn: () => readMembers(projectId) });
  const set = (name: keyof AuditFilter, value: string | null) =>
    setWanted((before) => ({ ...before, [name]: value ?? "" }));
  const apply = (event: FormEvent) => {
    event.preventDefault();
    setSearch(Object.entries(wanted).filter(([, value]) => value) as [string, string][]);
  };
  const text = (name: keyof AuditFilter, type = "text", placeholder = "") => (
    <TextInput
      label={t(`audit.field.${name}`)}
      type={type}
      placeholder={placeholder}
      value={wanted[name] ?? ""}
      onChange={(event) => set(name, event.currentTarget.value)}
    />
  );
  return (
    <form className={explorer.filter} aria-label={t("audit.search")} onSubmit={apply}>
      <Fields>
        {text("q")}
        <Select
          label={t("audit.field.actor")}
          data={(people.data?.results ?? []).map((one) => ({
            value: one.user_id,
            label: one.display_name || one.username,
          }))}
          value={wanted.actor ?? null}
          onChange={(value) => set("actor", value)}
          clearable
          searchable
        />
        {text("action", "text", "item.")}
        {text("object_id")}
        {text("request_id")}
        {text("since", "date")}
        {text("until", "date")}
      </Fields>
      <Group gap="xs">
        <Button type="submit" variant="default">
          {t("audit.search")}
        </Button>
        <Button variant="subtle" onClick={() => setSearch({})}>
          {t("explorer.clear")}
        </Button>
      </Group>
    </form>
  );
}

function Entries({ rows }: { rows: readonly AuditEntry[] }) {
  const { t, language } = useText();
  return (
    <TableFrame label={t("audit.title")}>
      <Table horizontalSpacing="md" miw={760} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {["at", "who", "what", "object", "changes"].map((name) => (
              <Table.Th key={name}>{t(`audit.column.${name}` as TextKey)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td className={styles.stay}>{formatTime(entry.at, language)}</Table.Td>
              <Table.Td>{entry.actor ?? "–"}</Table.Td>
              <Table.Td>
                {actName(t, entry.action)}
                <div className={styles.small}>
                  <Link to={`?action=${entry.action}`}>
                    <code>{entry.action}</code>
                  </Link>
                </div>
                {entry.request_id && (
                  <div className={styles.small}>
                    <Link to={`?request_id=${entry.request_id}`}>{t("audit.request")}</Link>
                  </div>
                )}
              </Table.Td>
              <Table.Td>
                {objectKind(t, entry.object_type)}
                <div className={styles.small}>
                  <Link to={`?object_id=${entry.object_id}`}>
                    <code>{entry.object_id.slice(0, 13)}</code>
                  </Link>
                </div>
              </Table.Td>
              <Table.Td>
                <Changes before={entry.before} after={entry.after} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}
