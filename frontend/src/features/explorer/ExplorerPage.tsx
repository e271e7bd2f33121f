import { Button, Group, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, More, Nothing, PageHead } from "@/features/console/parts";
import { usePages } from "@/features/console/usePages";
import { useText } from "@/lib/i18n";
import { filterOf, readCount, readRows, WHAT, type Filter, type What } from "./api";
import { FilterBar } from "./FilterBar";
import { RowsTable } from "./RowsTable";
import { SavedViews } from "./SavedViews";
import { useLookingOn } from "./useLookingOn";

interface Props {
  projectId: string;
  /** Admins and ML engineers are told who wrote a completion, and take data out. */
  mayExport: boolean;
}

/** Everything that was judged, by filters that are links. */
export function ExplorerPage({ projectId, mayExport }: Props) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const what = WHAT.find((each) => each === search.get("what")) ?? "rankings";
  const filter = filterOf(search);
  const show = (next: What) => {
    const changed = new URLSearchParams(search);
    changed.set("what", next);
    changed.delete("state");
    setSearch(changed);
  };
  return (
    <>
      <PageHead
        title={t("explorer.title")}
        lead={t("explorer.lead")}
        actions={
          mayExport && (
            <Button component={Link} to={`${paths.manage(projectId, "exports")}?${search}`}>
              {t("explorer.export")}
            </Button>
          )
        }
      />
      <SavedViews projectId={projectId} />
      <SegmentedControl
        aria-label={t("explorer.what")}
        style={{ alignSelf: "start", maxWidth: "100%" }}
        data={WHAT.map((value) => ({ value, label: t(`explorer.rows.${value}`) }))}
        value={what}
        onChange={(value) => show(WHAT.find((each) => each === value) ?? "rankings")}
      />
      <FilterBar key={search.toString()} projectId={projectId} what={what} mayExport={mayExport} />
      <Count projectId={projectId} what={what} filter={filter} />
      <Rows key={`${what}?${search}`} projectId={projectId} what={what} filter={filter} />
    </>
  );
}

function Rows({ projectId, what, filter }: { projectId: string; what: What; filter: Filter }) {
  const { t } = useText();
  const rows = usePages(["explorer", projectId, what, filter], () => readRows(projectId, what, filter));
  const isLooking = useLookingOn(rows);
  const noneYet = isLooking ? "explorer.looking" : rows.hasNextPage ? "explorer.noneYet" : "explorer.none";
  return (
    <>
      <Awaited query={rows}>
        {(found) =>
          found.length === 0 ? (
            <Nothing>{t(noneYet)}</Nothing>
          ) : (
            <RowsTable projectId={projectId} what={what} rows={found} />
          )
        }
      </Awaited>
      <More query={rows} />
    </>
  );
}

function Count({ projectId, what, filter }: { projectId: string; what: What; filter: Filter }) {
  const { t, language } = useText();
  const count = useQuery({
    queryKey: ["explorer-count", projectId, what, filter],
    queryFn: () => readCount(projectId, what, filter),
  });
  if (!count.data) return null;
  const { number, more } = count.data;
  const words =
    number === null
      ? t("explorer.tooMany")
      : t(what === "pairs" ? "explorer.countOfPairs" : "explorer.count", {
          count: number,
          number: number.toLocaleString(language) + (more ? "+" : ""),
        });
  return (
    <Group>
      <p className="muted" role="status">
        {words}
      </p>
    </Group>
  );
}
