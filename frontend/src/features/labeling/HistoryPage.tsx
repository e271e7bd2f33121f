import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { TopBar } from "@/app/TopBar";
import { paths } from "@/config/paths";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { readOwnJudgments, undoSubmission, type JudgmentFilter } from "./api";
import styles from "./HistoryPage.module.css";
import { WhatISaid } from "./WhatISaid";

const KINDS = ["ranking", "demonstration"] as const;
const STATES = ["counted", "surplus", "withdrawn"] as const;

/** What I have judged here: to be read again, taken back while it is fresh, changed at any age. */
export default function HistoryPage() {
  const { t } = useText();
  const { projectId = "" } = useParams();
  const project = useProject(projectId);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const filter = filterFrom(search);
  const pages = useInfiniteQuery({
    queryKey: ["my-judgments", projectId, filter],
    queryFn: ({ pageParam }) => readOwnJudgments(projectId, filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  // What was taken back is leased to me, so the labeling page gets it from its first claim; a turn of
  // a chat waits in its conversation.
  const undo = useMutation({
    mutationFn: (row: Schemas["MyJudgment"]) => undoSubmission(row.client_uuid),
    onSuccess: (_, { conversation_id: chat }) =>
      navigate(chat ? paths.conversation(projectId, chat) : paths.label(projectId)),
    onError: () => client.invalidateQueries({ queryKey: ["my-judgments", projectId] }),
  });
  const rows = pages.data?.pages.flatMap((page) => page.results) ?? [];
  const choose = (name: "kind" | "state", value: string) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <TopBar title={project.data?.name} />
      <main className={styles.main}>
        <header className={styles.head}>
          <h1>{t("history.title")}</h1>
          <Link to={paths.label(projectId)}>{t("home.label")}</Link>
        </header>
        <div className={styles.filters} role="group" aria-label={t("history.filter")}>
          <label>
            {t("history.kinds")}
            <select value={filter.kind ?? ""} onChange={(event) => choose("kind", event.target.value)}>
              <option value="">{t("history.all")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`history.kind.${kind}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("history.states")}
            <select value={filter.state ?? ""} onChange={(event) => choose("state", event.target.value)}>
              <option value="">{t("history.all")}</option>
              {STATES.map((state) => (
                <option key={state} value={state}>
                  {t(`history.state.${state}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {undo.isError && <Notice tone="warn">{t("labeling.undoFailed")}</Notice>}
        {pages.isError && <Notice tone="bad">{t("common.failed")}</Notice>}
        {pages.isSuccess && rows.length === 0 && (
          <p className={styles.none}>{t(search.size > 0 ? "history.noneSuch" : "history.none")}</p>
        )}
        <ul className={styles.list}>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              lang={project.data?.language}
              busy={undo.isPending}
              onUndo={() => undo.mutate(row)}
              onReopen={() => void navigate(`${paths.label(projectId)}?open=${row.client_uuid}`)}
            />
          ))}
        </ul>
        {pages.hasNextPage && (
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
      </main>
    </>
  );
}

interface RowProps {
  row: Schemas["MyJudgment"];
  lang: string | undefined;
  busy: boolean;
  onUndo: () => void;
  onReopen: () => void;
}

function Row({ row, lang, busy, onUndo, onReopen }: RowProps) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.row} data-state={row.state}>
      <p className={styles.preview} lang={lang} dir="auto">
        <VisibleText text={row.prompt_preview} />
      </p>
      <p className={styles.meta}>
        <span>{t(`history.kind.${row.kind}`)}</span>
        <time dateTime={row.created_at}>{formatTime(row.created_at, language)}</time>
        {row.superseded_by ? (
          <span>{t("history.replaced")}</span>
        ) : (
          row.state !== "counted" && <span>{t(`history.state.${row.state}`)}</span>
        )}
      </p>
      <div className={styles.acts}>
        <Button kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "history.hide" : "history.show")}
        </Button>
        {row.can_undo ? (
          <Button disabled={busy} onClick={onUndo}>
            {t("history.undo")}
          </Button>
        ) : (
          row.can_reopen && <Button onClick={onReopen}>{t("history.reopen")}</Button>
        )}
      </div>
      {open && <WhatISaid clientUuid={row.client_uuid} lang={lang ?? ""} />}
    </li>
  );
}

function filterFrom(search: URLSearchParams): JudgmentFilter {
  const kind = KINDS.find((each) => each === search.get("kind"));
  const state = STATES.find((each) => each === search.get("state"));
  return { ...(kind && { kind }), ...(state && { state }) };
}
