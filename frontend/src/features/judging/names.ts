import { useText } from "@/lib/i18n";
import type { Contestant } from "./api";

/** What a contestant is called. */
export function useNames() {
  const { t } = useText();
  return ({ version }: Pick<Contestant, "version">) =>
    version ? `${version.number} ${version.name}` : t("judging.reference");
}
