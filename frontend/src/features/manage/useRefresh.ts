import { useQueryClient, type QueryKey } from "@tanstack/react-query";

/** Read these again from the server. */
export function useRefresh(keys: readonly QueryKey[]): () => Promise<unknown> {
  const client = useQueryClient();
  return () => Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}
