import { useInfiniteQuery, type QueryKey } from "@tanstack/react-query";
import { followingPage } from "@/api/client";

interface Page<Row> {
  next: string | null;
  results: Row[];
}

/** A cursor-paged list as one growing list of rows. */
export function usePages<Row>(
  queryKey: QueryKey,
  first: () => Promise<Page<Row>>,
  refetchMs?: number | ((rows: Row[]) => number | false),
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      pageParam === undefined ? first() : followingPage<Page<Row>>(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.results),
    refetchInterval:
      typeof refetchMs === "function"
        ? (query) => refetchMs(query.state.data?.pages.flatMap((page) => page.results) ?? [])
        : (refetchMs ?? false),
  });
}
