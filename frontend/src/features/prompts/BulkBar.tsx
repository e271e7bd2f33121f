import { Button, Group, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useAct } from "@/features/console/useAct";
import { FormDialog } from "@/features/manage/FormDialog";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { actOnPrompts, countPrompts, countTicked, useFacets, type Bulk, type FilterQuery, type PromptAct } from "./api";
import styles from "./prompts.module.css";
import { UndoNotice } from "./UndoNotice";
import type { Chosen } from "./useChosen";

interface Props {
  projectId: string;
  setId: string;
  query: FilterQuery;
  chosen: Chosen;
}

const KINDS: readonly Bulk[] = ["tag", "untag", "retire", "restore"];

/** Do something to the ticked prompts, or to all that the filter finds: counted first, undone after. */
export function BulkBar({ projectId, setId, query, chosen }: Props) {
  const { t } = useText();
  const [kind, setKind] = useState<Bulk | null>(null);
  const [done, setDone] = useState<PromptAct | null>(null);
  const ticked = chosen.ids.size;
  return (
    <div className={styles.bulk}>
      <Group gap="xs">
        <span className={styles.scope}>
          {ticked > 0 ? t("prompts.bulk.ticked", { count: ticked }) : t("prompts.bulk.found")}
        </span>
        {KINDS.map((each) => (
          <Button key={each} size="xs" variant="default" onClick={() => setKind(each)}>
            {t(`prompts.bulk.${each}`)}
          </Button>
        ))}
      </Group>
      {kind && (
        <BulkDialog
          key={kind}
          kind={kind}
          projectId={projectId}
          setId={setId}
          query={kind === "restore" && !query.state ? { ...query, state: "any" } : query}
          ids={[...chosen.ids]}
          onClose={() => setKind(null)}
          onDone={(act) => {
            setKind(null);
            setDone(act);
            chosen.set([]);
          }}
        />
      )}
      <UndoNotice projectId={projectId} act={done} onUndone={() => setDone(null)} />
    </div>
  );
}

interface DialogProps {
  kind: Bulk;
  projectId: string;
  setId: string;
  query: FilterQuery;
  ids: string[];
  onClose: () => void;
  onDone: (act: PromptAct) => void;
}

function BulkDialog({ kind, projectId, setId, query, ids, onClose, onDone }: DialogProps) {
  const { t, language } = useText();
  const facets = useFacets(setId).data;
  const [tags, setTags] = useState<string[]>([]);
  const [key, setKey] = useState(newUuid);
  const ticked = ids.length > 0;
  const count = useQuery({
    queryKey: ["prompt-count", setId, kind, ticked ? ids : query],
    queryFn: () => (ticked ? countTicked(setId, kind, ids) : countPrompts(setId, kind, query)),
    staleTime: 0,
  });
  const { act, busy, error } = useAct([
    ["prompts", setId],
    ["prompt-set", setId],
    ["prompt-sets", projectId],
    ["prompt-set-counts", projectId],
    ["prompt-facets", setId],
    ["prompt-count", setId],
  ]);
  // Another wish is another act.
  useEffect(() => setKey(newUuid()), [tags]);
  const isTagging = kind === "tag" || kind === "untag";
  const affected = count.data?.affected;
  const items = count.data?.open_items ?? 0;
  const send = async () => {
    const selection = ticked ? { ids } : { prompt_set: setId, filter: query };
    const made = await act(() =>
      actOnPrompts(projectId, key, {
        kind,
        ...selection,
        ...(isTagging ? { tags } : {}),
        ...(!isTagging && affected !== undefined ? { expected: affected } : {}),
      }),
    );
    if (made) onDone(made);
  };
  const number = affected?.toLocaleString(language) ?? "…";
  return (
    <FormDialog
      title={t(`prompts.bulk.${kind}`)}
      send={t(`prompts.bulk.${kind}`)}
      opened
      busy={busy || (affected === undefined && !count.error)}
      error={error ?? count.error}
      onClose={onClose}
      onSend={() => void send()}
    >
      <p>{t(`prompts.bulk.ask.${kind}`, { count: affected ?? 0, number })}</p>
      {(kind === "retire" || kind === "restore") && count.data && (
        <p className="muted">{t(`prompts.bulk.items.${kind}`, { count: items })}</p>
      )}
      {isTagging && (
        <TagsInput
          label={t("prompts.bulk.tags")}
          description={t("prompts.bulk.tagsHint")}
          data={facets?.tags.map((row) => row.value) ?? []}
          value={tags}
          maxTags={20}
          onChange={setTags}
          data-autofocus
        />
      )}
    </FormDialog>
  );
}
