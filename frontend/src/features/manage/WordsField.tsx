import { Chip, Group, Input, TagsInput } from "@mantine/core";
import { useText } from "@/lib/i18n";
import styles from "./manage.module.css";

interface Props {
  label: string;
  hint?: string;
  /** Words to choose from. */
  known: readonly string[];
  wordsFor: (word: string) => string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  error?: string | undefined;
}

/** A list of words: the known ones as chips in the reader's language, others written freely and shown as written. */
export function WordsField({ label, hint, known, wordsFor, value, onChange, error }: Props) {
  const { t } = useText();
  const chosen = known.filter((word) => value.includes(word));
  const others = value.filter((word) => !known.includes(word));
  const free = (words: string[]) => words.map((word) => word.trim()).filter((word) => word !== "");
  return (
    <Input.Wrapper label={label} description={hint} error={error} labelElement="div">
      <div role="group" aria-label={label}>
        <Chip.Group multiple value={chosen} onChange={(words) => onChange([...words, ...others])}>
          <Group gap="xs" mt={6} mb="xs">
            {known.map((word) => (
              <Chip key={word} value={word} size="sm" classNames={{ label: styles.word }}>
                {wordsFor(word)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <TagsInput
          mb={6}
          aria-label={t("manage.settings.others", { label })}
          placeholder={t("manage.settings.othersHint")}
          maxTags={20 - chosen.length}
          value={others}
          onChange={(words) => onChange([...chosen, ...new Set(free(words))])}
        />
      </div>
    </Input.Wrapper>
  );
}
