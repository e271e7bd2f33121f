/**
 * A file goes to the server in pieces, each with its digest. Whatever interrupts it, it goes on from
 * what the server has.
 */

import { isPassing, Problem } from "@/lib/http";
import { beginUpload, sendPiece, type Upload } from "./api";

export const PIECE = 4 * 1024 * 1024;
const MARK_BYTES = 1024 * 1024;
const WAITS_MS = [1_000, 2_000, 5_000, 10_000, 20_000];

/** By what the file is known again after a reload or on another day: its size, both ends, its name. */
export async function fingerprintOf(file: File): Promise<string> {
  const ends = new Blob([
    `${file.name}\n${file.size}\n`,
    file.slice(0, MARK_BYTES),
    file.slice(Math.max(0, file.size - MARK_BYTES)),
  ]);
  // Without a secure context browsers have no digests; then the date stands in for the content.
  return (await digestOf(ends)) || `${file.size}:${file.lastModified}:${file.name.slice(0, 30)}`;
}

export async function digestOf(piece: Blob): Promise<string> {
  if (!("subtle" in crypto) || !crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await piece.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Listener {
  onUpload: (upload: Upload) => void;
  onWaiting: (waiting: boolean) => void;
}

/** Until the server has all of it. Throws Problem for what trying again does not mend, or AbortError. */
export async function sendFile(project: string, file: File, signal: AbortSignal, tell: Listener): Promise<Upload> {
  const fingerprint = await fingerprintOf(file);
  let upload = await patiently(signal, tell, () =>
    beginUpload(project, { filename: file.name.slice(-200), bytes: file.size, fingerprint }),
  );
  tell.onUpload(upload);
  while (!upload.is_complete) {
    const offset = upload.received;
    const piece = file.slice(offset, offset + PIECE);
    const sha256 = await digestOf(piece);
    upload = await patiently(signal, tell, () => sendPiece(upload.id, offset, piece, sha256, signal)).catch(
      (failure: unknown) => {
        const here = failure instanceof Problem && failure.code === "out_of_order" && failure.details.received;
        if (typeof here !== "number") throw failure;
        return { ...upload, received: here };
      },
    );
    tell.onUpload(upload);
  }
  return upload;
}

/** Again and again while the network or the server is away. */
async function patiently<T>(signal: AbortSignal, tell: Listener, act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const result = await act();
      if (tries > 0) tell.onWaiting(false);
      return result;
    } catch (failure) {
      const damaged = failure instanceof Problem && failure.code === "damaged";
      const full = failure instanceof Problem && failure.status === 507;
      if (full || !(damaged || isPassing(failure))) throw failure;
      tell.onWaiting(true);
      await pause(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 20_000, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(new DOMException("stopped", "AbortError"));
      },
      { once: true },
    );
  });
}
