import { useText } from "@/lib/i18n";
import type { Schemas } from "@/api/client";
import type { Contestant } from "./api";

type Version = Pick<Schemas["Version"], "id" | "number" | "name" | "artifact_digest">;

/** Of the chosen versions those whose files are the same, group by group. */
export function withSameFiles(versions: readonly Version[], chosen: readonly string[]): Version[][] {
  const meet = versions.filter(({ id }) => chosen.includes(id));
  const digests = [...new Set(meet.map((version) => version.artifact_digest))];
  return digests
    .map((digest) => meet.filter((version) => version.artifact_digest === digest))
    .filter((alike) => alike.length > 1);
}

/** What a contestant is called. */
export function useNames() {
  const { t } = useText();
  return ({ version }: Pick<Contestant, "version">) =>
    version ? `${version.number} ${version.name}` : t("judging.reference");
}
