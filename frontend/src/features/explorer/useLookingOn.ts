import { useEffect, useState } from "react";

const ENOUGH = 10;
/** One look takes the server a fifth of a second, so this is some seconds of looking unasked. */
const LOOKS = 40;

interface Pages {
  data: readonly unknown[] | undefined;
  hasNextPage: boolean;
  isFetching: boolean;
  isError: boolean;
  fetchNextPage: () => unknown;
}

/** A page may come back empty because it looked only so far: goes on by itself until there is something to see. */
export function useLookingOn({ data, hasNextPage, isFetching, isError, fetchNextPage }: Pages): boolean {
  const [looks, setLooks] = useState(0);
  const wanted = data !== undefined && data.length < ENOUGH && hasNextPage && !isError && looks < LOOKS;
  useEffect(() => {
    if (!wanted || isFetching) return;
    setLooks((count) => count + 1);
    fetchNextPage();
  }, [wanted, isFetching, fetchNextPage]);
  return wanted;
}
