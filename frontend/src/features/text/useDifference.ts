import { useEffect, useState } from "react";
import type { Part } from "./diff";

export type Difference = { state: "comparing" } | { state: "failed" } | { state: "done"; parts: Part[] };

/** The difference of two texts, found by a worker of its own that ends with the view. */
export function useDifference(left: string, right: string): Difference {
  const [found, setFound] = useState<Difference>({ state: "comparing" });
  useEffect(() => {
    setFound({ state: "comparing" });
    const worker = new Worker(new URL("./diff.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Part[]>) => {
      setFound({ state: "done", parts: data });
      worker.terminate();
    };
    worker.onerror = () => setFound({ state: "failed" });
    worker.postMessage({ left, right });
    return () => worker.terminate();
  }, [left, right]);
  return found;
}
