import { Group, Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, PageHead, TableFrame, Tag } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { formatTime } from "@/lib/format";
import { VisibleText } from "@/features/text/VisibleText";
import { useText } from "@/lib/i18n";
import { readItems, readMembers, type ItemFilter } from "./api";
import styles from "./manage.module.css";

const STATES = ["open", "done", "triage", "void"] as const;
const KINDS = ["ranking", "demonstration"] as const;
const TONES = { open: "busy", done: "good", triage: "bad", void: "calm" } as const;

/** The restrictions that the address gives in words. */
function wordsOf(search: URLSearchParams): ItemFilter {
  const found: ItemFilter = {};
  const labeler = search.get("labeler");
  const promptSet = search.get("prompt_set");
  if (labeler) found.labeler = labeler;
  if (promptSet) found.prompt_set = promptSet;
  for (const name of ["disagreement", "adjudicated"] as const) {
    if (search.has(name)) found[name] = search.get(name) === "true";
  }
  return found;
}

/** The pieces of work of a project. The filter lives in the address. */
export function ItemsPage({ projectId }: { projectId: string }) {
  const { t, language } = useText();
  const project = useProject(projectId);
  const [search, setSearch] = useSearchParams();
  const filter: ItemFilter = {
    state: STATES.find((state) => state === search.get("state")),
    kind: KINDS.find((kind) => kind === search.get("kind")),
    ...wordsOf(search),
  };
  const items = usePages(["items", projectId, filter], () => readItems(projectId, filter));
  const members = useQuery({ queryKey: ["members", projectId, "first"], queryFn: () => readMembers(projectId) });
  const choose = (name: keyof ItemFilter) => (value: string | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <PageHead title={t("manage.items.title")} lead={t("manage.items.lead")} />
      <Group gap="sm">
        <Select
          aria-label={t("manage.items.state")}
          placeholder={t("manage.items.anyState")}
          data={STATES.map((value) => ({ value, label: t(`manage.items.is.${value}`) }))}
          value={filter.state ?? null}
          onChange={choose("state")}
          clearable
        />
        <Select
          aria-label={t("manage.items.kind")}
          placeholder={t("manage.items.anyKind")}
          data={KINDS.map((value) => ({ value, label: t(`manage.items.${value}`) }))}
          value={filter.kind ?? null}
          onChange={choose("kind")}
          clearable
        />
        <Select
          aria-label={t("review.bulk.labeler")}
          placeholder={t("review.bulk.labeler")}
          data={(members.data?.results ?? []).map((one) => ({ value: one.user_id, label: one.display_name || one.username }))}
          value={filter.labeler ?? null}
          onChange={choose("labeler")}
          clearable
          searchable
        />
        {(["disagreement", "adjudicated"] as const).map((name) => (
          <Select
            key={name}
            aria-label={t(`review.items.${name}.label`)}
            placeholder={t(`review.items.${name}.label`)}
            data={["true", "false"].map((value) => ({
              value,
              label: t(`review.items.${name}.${value === "true" ? "yes" : "no"}`),
            }))}
            value={search.get(name)}
            onChange={choose(name)}
            clearable
          />
        ))}
      </Group>
      <Awaited query={items}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing>{t("manage.items.none")}</Nothing>
          ) : (
            <TableFrame label={t("manage.items.title")}>
              <Table verticalSpacing="sm" horizontalSpacing="md" miw={680}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("manage.items.prompt")}</Table.Th>
                    <Table.Th>{t("manage.items.kind")}</Table.Th>
                    <Table.Th>{t("manage.items.state")}</Table.Th>
                    <Table.Th>{t("manage.items.judgments")}</Table.Th>
                    <Table.Th>{t("console.created")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((item) => (
                    <Table.Tr key={item.id}>
                      <Table.Td>
                        <Link
                          to={paths.manage(projectId, `items/${item.id}`)}
                          className={styles.preview}
                          lang={project.data?.language}
                        >
                          {item.prompt_preview ? (
                            <VisibleText text={item.prompt_preview} />
                          ) : (
                            t("manage.items.emptyPrompt")
                          )}
                        </Link>
                      </Table.Td>
                      <Table.Td>{t(`manage.items.${item.kind ?? "ranking"}`)}</Table.Td>
                      <Table.Td>
                        <Tag tone={TONES[item.state ?? "open"]}>
                          {t(`manage.items.is.${item.state ?? "open"}`)}
                        </Tag>
                      </Table.Td>
                      <Table.Td className={styles.number}>
                        {item.counted ?? 0} / {item.needed}
                      </Table.Td>
                      <Table.Td className={styles.number}>{formatTime(item.created_at, language)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </TableFrame>
          )
        }
      </Awaited>
      <More query={items} />
    </>
  );
}
