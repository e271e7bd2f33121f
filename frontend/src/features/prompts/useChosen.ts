import { useEffect, useMemo, useState } from "react";

/** Rows that are ticked. Another filter begins with none. */
export function useChosen(filter: string) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setIds(new Set()), [filter]);
  return useMemo(
    () => ({
      ids,
      toggle: (id: string) =>
        setIds((now) => new Set(now.has(id) ? [...now].filter((each) => each !== id) : [...now, id])),
      set: (all: readonly string[]) => setIds(new Set(all)),
    }),
    [ids],
  );
}

export type Chosen = ReturnType<typeof useChosen>;
