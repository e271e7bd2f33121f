import { paths } from "@/config/paths";
import { ExpectedOrderPage, type Expected } from "@/features/manage/ExpectedOrderPage";
import { useText } from "@/lib/i18n";
import { createGold } from "./api";

/** A new gold item. */
export function NewGoldPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const create = ({ item, prompt, texts, tiers, explanation }: Expected) =>
    createGold(projectId, {
      ...(item
        ? { item: item.id }
        : { messages: [{ role: "user" as const, content: prompt }], completions: texts }),
      expected: tiers,
      explanation,
    });
  return (
    <ExpectedOrderPage
      projectId={projectId}
      title={t("control.newGold")}
      lead={t("control.newGoldLead")}
      back={paths.manage(projectId, "control?view=gold")}
      changed={[["control-items", projectId]]}
      create={create}
    />
  );
}
