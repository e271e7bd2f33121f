import { useSearchParams } from "react-router";
import type { FilterQuery } from "./api";

const TEXTS = ["search", "tag", "language", "source"] as const;
const ANSWERS = ["completions", "items", "judged", "near"] as const;
export type Answer = (typeof ANSWERS)[number];

/** The filter of the list, which lives in the address. */
export function useFilter() {
  const [params, setParams] = useSearchParams();
  const query = filterIn(params);
  const set = (name: keyof FilterQuery, value: string | null | undefined) => {
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  };
  const clear = () => setParams({}, { replace: true });
  return { query, set, clear, isEmpty: Object.keys(query).length === 0 };
}

/** What of an address is a filter; the rest of it is left out. */
export function filterIn(params: URLSearchParams): FilterQuery {
  const query: FilterQuery = {};
  for (const name of TEXTS) {
    const value = params.get(name);
    if (value) query[name] = value;
  }
  for (const name of ANSWERS) {
    const value = params.get(name);
    if (value === "true" || value === "false") query[name] = value === "true";
  }
  const state = params.get("state");
  if (state === "retired" || state === "any") query.state = state;
  const split = params.get("split");
  if (split === "train" || split === "validation") query.split = split;
  return query;
}
