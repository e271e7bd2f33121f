import { NumberInput, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { paths } from "@/config/paths";
import { useText } from "@/lib/i18n";
import { createPracticeItem } from "./api";
import { ExpectedOrderPage, type Expected } from "./ExpectedOrderPage";

const KINDS = ["practice", "qualification"] as const;

/** A new item to learn on, or to qualify with. */
export function NewPracticePage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("practice");
  const [position, setPosition] = useState<number | string>(0);
  const create = ({ item, prompt, texts, tiers, explanation }: Expected) =>
    createPracticeItem(projectId, {
      kind,
      messages: item ? item.prompt.messages.map(asMessage) : [{ role: "user", content: prompt }],
      completions: texts,
      expected: tiers,
      explanation,
      position: typeof position === "number" ? position : 0,
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
        <NumberInput
          label={t("manage.practice.position")}
          description={t("manage.practice.positionHint")}
          min={0}
          max={32767}
          allowDecimal={false}
          hideControls
          value={position}
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
