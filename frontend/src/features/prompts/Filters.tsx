import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useText } from "@/lib/i18n";
import { useFacets, type FilterQuery } from "./api";
import styles from "./prompts.module.css";
import { useFilter, type Answer } from "./useFilter";

const ANSWERS: readonly Answer[] = ["completions", "items", "judged", "near"];

/** What to look for in a set. Every choice is in the address, so that it can be passed on. */
export function Filters({ setId }: { setId: string }) {
  const { t, language } = useText();
  const { query, set, clear, isEmpty } = useFilter();
  const facets = useFacets(setId).data;
  const choices = (rows: readonly { value: string; count: number }[] | undefined, now?: string) => {
    const known = (rows ?? []).map((row) => ({
      value: row.value,
      label: `${row.value} · ${row.count.toLocaleString(language)}`,
    }));
    return now && !known.some((row) => row.value === now) ? [...known, { value: now, label: now }] : known;
  };
  const pick = (name: keyof FilterQuery, label: string, data: { value: string; label: string }[]) => (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      value={query[name] === undefined ? null : String(query[name])}
      onChange={(value) => set(name, value)}
      searchable={data.length > 8}
      clearable
      clearButtonProps={{ "aria-label": t("prompts.filter.clearOne", { name: label }) }}
    />
  );
  return (
    <search className={styles.filters} aria-label={t("prompts.filter.title")}>
      <SearchField value={query.search ?? ""} onChange={(value) => set("search", value)} />
      {pick("tag", t("prompts.filter.tag"), choices(facets?.tags, query.tag))}
      {pick("state", t("prompts.filter.state"), [
        { value: "retired", label: t("prompts.filter.retired") },
        { value: "any", label: t("prompts.filter.any") },
      ])}
      {ANSWERS.map((name) => (
        <Select
          key={name}
          aria-label={t(`prompts.filter.${name}`)}
          placeholder={t(`prompts.filter.${name}`)}
          data={["true", "false"].map((value) => ({
            value,
            label: t(value === "true" ? `prompts.filter.with.${name}` : `prompts.filter.without.${name}`),
          }))}
          value={query[name] === undefined ? null : String(query[name])}
          onChange={(value) => set(name, value)}
          clearable
          clearButtonProps={{ "aria-label": t("prompts.filter.clearOne", { name: t(`prompts.filter.${name}`) }) }}
        />
      ))}
      {(facets?.languages.length ?? 0) > 1 &&
        pick("language", t("prompts.filter.language"), choices(facets?.languages, query.language))}
      {(facets?.splits.length ?? 0) > 1 &&
        pick(
          "split",
          t("prompts.filter.split"),
          (["train", "validation"] as const).map((value) => ({ value, label: t(`prompts.split.${value}`) })),
        )}
      {(facets?.sources.length ?? 0) > 0 &&
        pick("source", t("prompts.filter.source"), choices(facets?.sources, query.source))}
      {!isEmpty && (
        <Button variant="subtle" onClick={clear}>
          {t("prompts.filter.clear")}
        </Button>
      )}
    </search>
  );
}

/** Written at once, looked for when the typing pauses. */
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useText();
  const [text, setText] = useState(value);
  useEffect(() => setText((now) => (now.trim() === value ? now : value)), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim()), 300);
  return (
    <TextInput
      type="search"
      className={styles.search}
      aria-label={t("prompts.filter.search")}
      placeholder={t("prompts.filter.search")}
      maxLength={200}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}
