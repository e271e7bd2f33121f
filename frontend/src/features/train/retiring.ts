import type { Text } from "@/lib/i18n";
import type { Version } from "./api";

/** What is asked before a version is taken out of use: a project may be left without. */
export function retireQuestion({ kind, name, status }: Version, t: Text): string {
  return t(status === "promoted" ? `train.versions.retirePromoted.${kind}` : "train.versions.retireQuestion", { name });
}
