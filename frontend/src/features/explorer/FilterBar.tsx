import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useSearchParams } from "react-router";
import { readMembers } from "@/features/manage/api";
import styles from "@/features/manage/manage.module.css";
import { usePromptSets } from "@/features/train/api";
import { useText, type TextKey } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { CONDITIONS, filterOf, STATES, type Condition, type Filter, type What } from "./api";
import { Fields } from "./Fields";
import own from "./explorer.module.css";

const MODES = ["tiers", "duel", "guided", "best_worst", "drag_list"] as const;
const SWITCHES = ["ties", "cut", "flagged", "noted"] as const;
const OF_ORDERS = new Set<Condition>(["mode", "k", "ties", "cut", "flagged", "policy_version"]);

interface Props {
  projectId: string;
  what: What;
  mayExport: boolean;
}

/** The conditions. They take hold together, and stand in the address. */
export function FilterBar({ projectId, what, mayExport }: Props) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const [filter, setFilter] = useState<Filter>(() => filterOf(search));
  const set = (name: keyof Filter) => (value: string | number | null) =>
    setFilter((before) => ({ ...before, [name]: value === null ? "" : String(value) }));
  const apply = (event?: FormEvent) => {
    event?.preventDefault();
    const next = new URLSearchParams(search);
    for (const name of [...CONDITIONS, "state" as const]) {
      const value = filter[name];
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setSearch(next);
  };
  const clear = () => setSearch(new URLSearchParams({ what }));
  const field = (name: keyof Filter) => ({
    label: t(`explorer.filter.${name}`),
    value: filter[name] ?? "",
  });
  const text = (name: Condition, type = "text") => (
    <TextInput {...field(name)} type={type} onChange={(e) => set(name)(e.currentTarget.value)} />
  );
  const number = (name: "guideline" | "k", min: number, max?: number) => (
    <NumberField {...field(name)} value={Number(filter[name]) || null} min={min} max={max} whole onChange={set(name)} />
  );
  const choice = (name: keyof Filter, data: { value: string; label: string }[]) => (
    <Select {...field(name)} value={filter[name] ?? null} data={data} onChange={set(name)} clearable searchable />
  );
  const shown = (name: Condition) => what !== "demonstrations" || !OF_ORDERS.has(name);
  return (
    <form className={own.filter} onSubmit={apply} aria-label={t("explorer.filters")}>
      <Fields>
        {text("q")}
        <PromptSets projectId={projectId} choice={choice} />
        <People projectId={projectId} choice={choice} />
        {STATES[what].length > 0 &&
          choice("state", STATES[what].map((value) => ({ value, label: t(`explorer.is.${value}` as TextKey) })))}
        {text("language")}
        {text("tag")}
        {text("since", "date")}
        {text("until", "date")}
        {number("guideline", 1)}
        {shown("mode") &&
          choice("mode", MODES.map((value) => ({ value, label: t(`explorer.mode.${value}`) })))}
        {shown("k") && number("k", 2, 256)}
        {SWITCHES.filter(shown).map((name) => (
          <div key={name}>
            {choice(name, [
              { value: "true", label: t("explorer.yes") },
              { value: "false", label: t("explorer.no") },
            ])}
          </div>
        ))}
        {mayExport && shown("policy_version") && text("policy_version")}
      </Fields>
      <div className={styles.cardHead}>
        <div className={own.acts}>
          <Button type="submit" variant="default">
            {t("explorer.apply")}
          </Button>
          <Button variant="subtle" onClick={clear}>
            {t("explorer.clear")}
          </Button>
        </div>
      </div>
    </form>
  );
}

interface ChoiceProps {
  projectId: string;
  choice: (name: keyof Filter, data: { value: string; label: string }[]) => React.ReactNode;
}

function PromptSets({ projectId, choice }: ChoiceProps) {
  const rows = usePromptSets(projectId).data ?? [];
  return choice(
    "prompt_set",
    rows.map((set) => ({ value: set.id, label: `${set.name} v${set.version}` })),
  );
}

function People({ projectId, choice }: ChoiceProps) {
  const people = useQuery({ queryKey: ["members", projectId, "names"], queryFn: () => readMembers(projectId), retry: false });
  const rows = people.data?.results ?? [];
  return choice(
    "labeler",
    rows.map((one) => ({ value: one.user_id, label: one.display_name || one.username })),
  );
}
