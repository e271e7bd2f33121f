import { useQueryClient } from "@tanstack/react-query";
import { ConfirmButton } from "@/features/console/parts";
import { restoreVersion, retireVersion, type Version } from "@/features/train/api";
import { retireQuestion } from "@/features/train/retiring";
import { useText } from "@/lib/i18n";

/** Takes a version out of use, or brings it back as a candidate; what is refused is told where it was asked. */
export function RetireOrRestore({ projectId, version }: { projectId: string; version: Version }) {
  const { t } = useText();
  const client = useQueryClient();
  const isRetired = version.status === "retired";
  const go = async () => {
    await (isRetired ? restoreVersion : retireVersion)(version.id);
    const changed = [["versions", projectId], ["version-card", version.id], ["lineage", projectId]];
    await Promise.all(changed.map((queryKey) => client.invalidateQueries({ queryKey })));
  };
  return (
    <ConfirmButton
      key={version.status} // the question was about what it is no more
      label={t(isRetired ? "train.versions.restore" : "train.versions.retire")}
      question={isRetired ? t("train.versions.restoreQuestion", { name: version.name }) : retireQuestion(version, t)}
      onConfirm={go}
    />
  );
}
