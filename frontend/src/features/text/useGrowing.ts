import { useEffect, useLayoutEffect, useState } from "react";
import { inFrames } from "./inFrames";

/** How many of the parts stand on the page: one at first, the others frame by frame. */
export function useGrowing(length: number, onChange?: () => void): number {
  const [shown, setShown] = useState(Math.min(1, length));
  useEffect(() => {
    if (shown >= length) return undefined;
    return inFrames(() => setShown((count) => count + 1));
  }, [shown, length]);
  useLayoutEffect(() => onChange?.(), [shown, onChange]);
  return Math.min(shown, length);
}
