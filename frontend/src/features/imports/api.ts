/** Files on their way in: pieces, a look into them, their check and import. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";
import { problemOf, send } from "@/lib/http";
import type { Run } from "@/features/train/api";

export type Upload = Schemas["Upload"];
export type Preview = Schemas["Preview"];
export type PreviewRow = Schemas["PreviewRow"];
export type Choice = Schemas["PlanRequestRequest"];
export type Columns = Record<string, string[]>;
export type Destination = Pick<
  Schemas["ImportRequestRequest"],
  "prompt_set" | "prompt_set_name" | "purpose" | "language"
>;

export const FORMATS = ["rows", "messages", "sharegpt", "alpaca", "pairs", "hh", "ranked", "columns"] as const;
export type FormatName = (typeof FORMATS)[number];
export const ENCODINGS = ["utf-8", "gb18030", "utf-16"] as const;
export const DELIMITERS = [",", "\t", ";", "|"] as const;
/** Ours; the second list takes several columns of theirs. */
export const FIELDS = [
  "prompt",
  "system",
  "completion",
  "reference",
  "completions",
  "chosen",
  "rejected",
  "ranking",
  "ranks",
  "scores",
  "id",
  "source",
  "lang",
  "labeler",
  "author",
  "criterion",
  "tags",
  "split",
  "meta",
] as const;
export type FieldName = (typeof FIELDS)[number];
export const SEVERAL: readonly string[] = ["completions", "ranks", "scores", "meta"];

const ofUpload = (upload_id: string) => ({ path: { upload_id } });

export function beginUpload(project_id: string, body: Schemas["NewUploadRequest"]) {
  return unwrap(api.POST("/api/v1/projects/{project_id}/uploads", { params: { path: { project_id } }, body }));
}

/** The piece goes from disk to the server as it is. */
export async function sendPiece(id: string, offset: number, piece: Blob, sha256: string, signal: AbortSignal) {
  const query = new URLSearchParams({ offset: String(offset), ...(sha256 && { sha256 }) });
  const response = await send(`/api/v1/uploads/${id}/content?${query}`, {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream" },
    body: piece,
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Upload;
}

export function discardUpload(id: string) {
  return unwrap<unknown>(api.DELETE("/api/v1/uploads/{upload_id}", { params: ofUpload(id) }));
}

export function useWaitingUploads(project_id: string) {
  return useQuery({
    queryKey: ["uploads", project_id],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/uploads", {
          params: { path: { project_id }, query: { page_size: 100 } },
        }),
      ),
    select: (page) => page.results,
  });
}

export function useUpload(id: string) {
  return useQuery({
    queryKey: ["upload", id],
    queryFn: () => unwrap(api.GET("/api/v1/uploads/{upload_id}", { params: ofUpload(id) })),
  });
}

export function usePreview(id: string, choice: Choice) {
  return useQuery({
    queryKey: ["preview", id, choice],
    queryFn: () => unwrap(api.POST("/api/v1/uploads/{upload_id}/preview", { params: ofUpload(id), body: choice })),
    placeholderData: (before) => before,
    retry: false,
    staleTime: Infinity,
  });
}

export function startImport(id: string, body: Schemas["ImportRequestRequest"], key: string): Promise<Run> {
  return unwrap(
    api.POST("/api/v1/uploads/{upload_id}/imports", {
      params: { ...ofUpload(id), header: { "Idempotency-Key": key } },
      body,
    }),
  );
}

export function reportAddress(run: string, ending: "csv" | "jsonl"): string {
  return `/api/v1/runs/${run}/issues.${ending}`;
}
