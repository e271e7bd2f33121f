import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { newUuid } from "@/lib/ids";
import type { Upload } from "./api";
import { sendFile } from "./sending";

export interface Sending {
  key: string;
  file: File;
  state: "sending" | "waiting" | "paused" | "failed" | "done" | "empty";
  upload: Upload | null;
  error: unknown;
}

/**
 * The files of this page on their way, one after another's piece; each can be paused and go on.
 * `onDone` is told whether the file was the first of those that were added together.
 */
export function useSending(project: string, onDone: (upload: Upload, isFirst: boolean) => void) {
  const client = useQueryClient();
  const [list, setList] = useState<Sending[]>([]);
  const stops = useRef(new Map<string, AbortController>());

  const change = useCallback((key: string, news: Partial<Sending>) => {
    setList((old) => old.map((each) => (each.key === key ? { ...each, ...news } : each)));
  }, []);

  const go = useCallback(
    async (key: string, file: File, isFirst: boolean) => {
      const stop = new AbortController();
      stops.current.set(key, stop);
      change(key, { state: "sending", error: null });
      try {
        const upload = await sendFile(project, file, stop.signal, {
          onUpload: (news) => change(key, { upload: news, state: "sending" }),
          onWaiting: (waiting) => change(key, { state: waiting ? "waiting" : "sending" }),
        });
        change(key, { state: "done", upload });
        onDone(upload, isFirst);
      } catch (error) {
        change(key, stop.signal.aborted ? { state: "paused" } : { state: "failed", error });
      }
      await client.invalidateQueries({ queryKey: ["uploads", project] });
    },
    [project, change, client, onDone],
  );

  useEffect(() => {
    const open = stops.current;
    return () => open.forEach((stop) => stop.abort());
  }, []);

  const add = (files: readonly File[]) => {
    const made = files.map((file): Sending => ({
      key: newUuid(),
      file,
      state: file.size > 0 ? "sending" : "empty",
      upload: null,
      error: null,
    }));
    setList((old) => [...old, ...made]);
    made
      .filter((each) => each.state === "sending")
      .forEach((each, place) => void go(each.key, each.file, place === 0));
  };
  const stop = (key: string) => stops.current.get(key)?.abort();
  const resume = (each: Sending) => void go(each.key, each.file, false);
  const drop = (key: string) => {
    stop(key);
    setList((old) => old.filter((each) => each.key !== key));
  };
  return { list, add, stop, resume, drop };
}
