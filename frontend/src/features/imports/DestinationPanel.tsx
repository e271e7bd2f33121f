import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { PurposeSelect } from "@/features/prompts/PurposeSelect";
import { PURPOSES, type Purpose } from "@/features/manage/api";
import { usePromptSets } from "@/features/train/api";
import { useText } from "@/lib/i18n";
import type { Destination } from "./api";
import styles from "./imports.module.css";

interface DestinationProps {
  projectId: string;
  value: Destination;
  onChange: (value: Destination) => void;
  error: (field: string) => string | undefined;
}

/** The prompt set that the rows go into: a new one, or one that is there. */
export function DestinationPanel({ projectId, value, onChange, error }: DestinationProps) {
  const { t } = useText();
  const sets = usePromptSets(projectId);
  const isOld = value.prompt_set !== undefined;
  const choices = (sets.data ?? []).map((set) => ({ value: set.id, label: `${set.name} v${set.version}` }));
  const language = value.language ?? "";
  return (
    <div className={styles.stack}>
      <SegmentedControl
        className={styles.choice}
        aria-label={t("imports.to.title")}
        data={[
          { value: "new", label: t("imports.to.new") },
          { value: "old", label: t("imports.to.old") },
        ]}
        value={isOld ? "old" : "new"}
        onChange={(which) =>
          onChange(
            which === "old"
              ? { language, prompt_set: choices[0]?.value ?? null }
              : { language, prompt_set_name: "", purpose: "reward" },
          )
        }
      />
      <div className={styles.grid}>
        {isOld ? (
          <Select
            label={t("manage.data.set")}
            data={choices}
            value={value.prompt_set ?? null}
            error={error("prompt_set")}
            searchable
            allowDeselect={false}
            onChange={(id) => onChange({ language, prompt_set: id })}
          />
        ) : (
          <>
            <TextInput
              label={t("imports.to.name")}
              value={value.prompt_set_name ?? ""}
              error={error("prompt_set_name") ?? error("prompt_set")}
              maxLength={120}
              onChange={(event) => onChange({ ...value, prompt_set_name: event.currentTarget.value })}
            />
            <PurposeSelect
              value={PURPOSES.find((each) => each === value.purpose) ?? "reward"}
              error={error("purpose")}
              onChange={(purpose: Purpose) => onChange({ ...value, purpose })}
            />
          </>
        )}
        <TextInput
          label={t("imports.to.language")}
          description={t("imports.to.languageHint")}
          placeholder="zh"
          value={language}
          error={error("language")}
          maxLength={20}
          onChange={(event) => onChange({ ...value, language: event.currentTarget.value })}
        />
      </div>
    </div>
  );
}
