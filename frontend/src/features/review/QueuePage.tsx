import { Button, Group, SegmentedControl, Select, Table, TextInput } from "@mantine/core";
import { Link, useNavigate, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, More, Nothing, PageHead, TableFrame, Tag } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { VisibleText } from "@/features/text/VisibleText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { FailedGold } from "./FailedGold";
import { GivenNotes } from "./GivenNotes";
import { claim, readQueue, REASONS, type QueueRow } from "./api";
import styles from "./review.module.css";

const FILTERS = ["reason", "labeler", "language", "tag", "prompt_set", "guideline", "since", "until", "state"];
const STATES = ["open", "decided"] as const;

const VIEWS = ["items", "gold", "notes"] as const;

/** What wants a reviewer: items on which people disagree, answers to gold that are not as expected, answers to notes. */
export function QueuePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const view = VIEWS.find((each) => each === search.get("view")) ?? "items";
  const next = useNext(projectId);
  return (
    <>
      <PageHead
        title={t("review.title")}
        lead={t("review.lead")}
        actions={
          <Button loading={next.busy} onClick={() => void next.go()}>
            {t("review.next")}
          </Button>
        }
      />
      <Failure error={next.error} />
      <SegmentedControl
        aria-label={t("review.title")}
        data={[
          { value: "items", label: t("manage.items.title") },
          { value: "gold", label: t("control.failed.title") },
          { value: "notes", label: t("review.given.title") },
        ]}
        value={view}
        onChange={(value) => setSearch(value === "items" ? {} : { view: value }, { replace: true })}
      />
      {view === "items" && <Queue projectId={projectId} />}
      {view === "gold" && <FailedGold projectId={projectId} labeler={search.get("labeler")} />}
      {view === "notes" && <GivenNotes projectId={projectId} />}
    </>
  );
}

/** Items on which people disagree, or of which something is odd. The filter lives in the address. */
function Queue({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries([...search].filter(([name]) => FILTERS.includes(name)));
  const rows = usePages(["review", projectId, filter], () => readQueue(projectId, filter));
  const choose = (name: string) => (value: string | null) => {
    const wanted = new URLSearchParams(search);
    if (value) wanted.set(name, value);
    else wanted.delete(name);
    setSearch(wanted, { replace: true });
  };
  return (
    <>
      <Group gap="sm">
        <Select
          aria-label={t("review.reasonLabel")}
          placeholder={t("review.anyReason")}
          data={REASONS.map((value) => ({ value, label: t(`review.reason.${value}`) }))}
          value={search.get("reason")}
          onChange={choose("reason")}
          clearable
        />
        <Select
          aria-label={t("review.stateLabel")}
          data={STATES.map((value) => ({ value, label: t(`review.state.${value}`) }))}
          value={search.get("state") ?? "open"}
          onChange={choose("state")}
          allowDeselect={false}
        />
        <TagField key={search.get("tag")} tag={search.get("tag") ?? ""} onChoose={choose("tag")} />
        {Object.keys(filter).length > 0 && (
          <Button variant="subtle" onClick={() => setSearch({}, { replace: true })}>
            {t("review.clear")}
          </Button>
        )}
      </Group>
      <Awaited query={rows}>
        {(found) =>
          found.length === 0 ? (
            <Nothing>{t("review.none")}</Nothing>
          ) : (
            <QueueTable projectId={projectId} rows={found} />
          )
        }
      </Awaited>
      <More query={rows} />
    </>
  );
}

/** Prompts with this tag only; it takes hold on Enter or when the field is left. */
function TagField({ tag, onChoose }: { tag: string; onChoose: (tag: string | null) => void }) {
  const { t } = useText();
  const take = (text: string) => {
    if (text.trim() !== tag) onChoose(text.trim() || null);
  };
  return (
    <TextInput
      aria-label={t("explorer.filter.tag")}
      placeholder={t("explorer.filter.tag")}
      defaultValue={tag}
      maxLength={40}
      onBlur={(event) => take(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") take(event.currentTarget.value);
      }}
    />
  );
}

/** Take the next item that nobody has, and open it. */
export function useNext(projectId: string) {
  const navigate = useNavigate();
  const { act, busy, error } = useAct([]);
  const go = async (without: string[] = []) => {
    const found = await act(() => claim(projectId, null, without));
    if (found) void navigate(paths.manage(projectId, found.item ? `review/${found.item}` : "review"));
  };
  return { go, busy, error };
}

function QueueTable({ projectId, rows }: { projectId: string; rows: readonly QueueRow[] }) {
  const { t, language } = useText();
  const lang = useProject(projectId).data?.language;
  return (
    <TableFrame label={t("review.title")}>
      <Table verticalSpacing="sm" horizontalSpacing="md" miw={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("manage.items.prompt")}</Table.Th>
            <Table.Th>{t("review.why")}</Table.Th>
            <Table.Th>{t("review.apart")}</Table.Th>
            <Table.Th>{t("manage.items.judgments")}</Table.Th>
            <Table.Th>{t("review.last")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.item}>
              <Table.Td>
                <Link to={paths.manage(projectId, `review/${row.item}`)} className={styles.preview} lang={lang}>
                  <VisibleText text={row.prompt_preview || "…"} />
                </Link>
                {row.reviewer_name && (
                  <span className={styles.small}>{t("review.by", { name: row.reviewer_name })}</span>
                )}
              </Table.Td>
              <Table.Td>
                <span className={styles.tags}>
                  {row.reasons.map((reason) => (
                    <Tag key={reason} tone={reason === "order" ? "bad" : "calm"}>
                      {t(`review.reason.${reason}`)}
                    </Tag>
                  ))}
                </span>
              </Table.Td>
              <Table.Td className={styles.number}>{share(row.discordant, language)}</Table.Td>
              <Table.Td className={styles.number}>{row.judgments}</Table.Td>
              <Table.Td className={styles.number}>{formatTime(row.last_at, language)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </TableFrame>
  );
}

export function share(value: number | null, language: string): string {
  return value === null ? "–" : value.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
}
