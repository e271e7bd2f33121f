import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { createPracticeItem } from "./api";
import { ExpectedOrderPage, type Expected } from "./ExpectedOrderPage";

const KINDS = ["practice", "qualification"] as const;

/** A new item to learn on, or to qualify with. */
export function NewPracticePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("practice");
  const [position, setPosition] = useState<number | null>(0);
  const create = ({ item, prompt, texts, tiers, explanation }: Expected) =>
    createPracticeItem(projectId, {
      kind,
      messages: item ? item.prompt.messages.map(asMessage) : [{ role: "user", content: prompt }],
      completions: texts,
      expected: tiers,
      explanation,
      position: position ?? 0,
      item: item?.id ?? null,
    });
  return (
    <ExpectedOrderPage
      projectId={projectId}
      title={t("manage.practice.new")}
      lead={t("manage.practice.newLead")}
      back={paths.manage(projectId, "practice")}
      changed={[["practice-items", projectId]]}
      create={create}
      explanationHint={t("manage.practice.explanationHint")}
      above={
        <SegmentedControl
          aria-label={t("manage.items.kind")}
          data={KINDS.map((value) => ({ value, label: t(`manage.practice.kind.${value}`) }))}
          value={kind}
          onChange={(value) => setKind(value === "qualification" ? "qualification" : "practice")}
        />
      }
      below={
        <NumberField
          label={t("manage.practice.position")}
          description={t("manage.practice.positionHint")}
          min={0}
          max={32767}
          whole
          value={position}
          standard={0}
          onChange={setPosition}
        />
      }
    />
  );
}

type Role = "system" | "user" | "assistant" | "tool";

function asMessage({ role, content }: { role: string; content: string }): { role: Role; content: string } {
  return { role: role as Role, content };
}
